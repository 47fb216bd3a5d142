"""Views are written when their content changes, when they end, and when there are notices to send; else not."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from schemas.identity import INTERNAL, incident_id
from schemas.records.incident import PairDecision
from streams.sharing.membership import Membership
from streams.sharing.notices import AllowedNotice
from streams.sharing.view_builder import ViewBuilder
from streams.sharing.view_changes import changed_views
from streams.sharing.view_state import ViewRecord, materialize
from streams.sharing.visible import Report
from tests.streams.fakes import NOW, MemoryState
from tests.streams.sharing.test_view_builder import A, B, builder
from tests.streams.worlds import decision, member

LINK = [decision(A, B)]
I_A, I_B = incident_id([A]), incident_id([B])
Key = tuple[str, str]


def incident(
    name: str, *reports: str, links: Sequence[PairDecision] = (), departed: Sequence[str] = (), **changes: Any
) -> dict[str, Any]:
    """An incident record named `name`; it is a stub where it has no reports."""
    return {
        "incident_id": name,
        "domain": 0,
        "state": "ACTIVE" if reports else "MERGED",
        "members": [member(report) for report in reports],
        "decisions": links,
        "departed": departed,
        **changes,
    }


class Views:
    """The views that are written, batch by batch."""

    def __init__(self, maker: ViewBuilder | None = None) -> None:
        self.state, self.builder = MemoryState(), maker or builder()

    def batch(self, *incidents: dict[str, Any]) -> list[ViewRecord]:
        membership = Membership()
        for cause, each in enumerate(incidents):
            membership.add(each, cause)
        membership.settle()
        records = list(changed_views(self.builder, membership, self.state, NOW))
        self.state.change(materialize([(record, b"") for record in records], self.state))
        return records

    def key(self, audience: str, report: str) -> Key:
        return audience, self.builder.view_id(audience, report)


def states(records: Sequence[ViewRecord]) -> dict[Key, tuple[str, int]]:
    return {(record.audience, record.view_id): (record.state, record.revision) for record in records}


def test_views_are_written_once_and_again_only_with_other_content() -> None:
    views = Views()
    first = incident(I_A, A)
    changed = {**first, "members": [member(A, version=2)]}

    assert set(states(views.batch(first)).values()) == {("ACTIVE", 1)}
    assert views.batch(first) == []
    assert set(states(views.batch(changed)).values()) == {("ACTIVE", 2)}
    assert views.batch() == []


def test_views_are_written_in_the_order_of_their_names() -> None:
    views = Views()
    records = views.batch(incident(I_B, B), incident(I_A, A))

    assert [record.key for record in records] == sorted(record.key for record in records)
    assert len(records) == 4


def test_a_merge_redirects_the_name_that_readers_know() -> None:
    views = Views()
    views.batch(incident(I_A, A), incident(I_B, B))
    records = views.batch(incident(I_A, A, B, links=LINK), incident(I_B, departed=[B]))

    assert states(records) == {
        views.key(INTERNAL, A): ("ACTIVE", 2),
        views.key(INTERNAL, B): ("MERGED", 2),
        views.key("b_so", B): ("ACTIVE", 1),
    }
    stub = next(record for record in records if record.state == "MERGED")
    assert orjson.loads(stub.document)["into"] == views.key(INTERNAL, A)[1]


def test_a_name_that_nobody_ever_saw_needs_no_redirect() -> None:
    views = Views()

    assert views.key(INTERNAL, B) not in states(views.batch(incident(I_A, A, B, links=LINK)))


def test_a_view_whose_report_moved_is_written_in_its_old_revision() -> None:
    """So that its owner, who sees nothing of the merge, gets no new version either."""
    views = Views()
    views.batch(incident(I_A, A), incident(I_B, B))
    views.batch(incident(I_B, departed=[B]))
    records = {(record.audience, record.view_id): record for record in views.batch(incident(I_A, A, B, links=LINK))}

    assert views.key("a_pd", A) not in records
    own = records[views.key("b_so", B)]
    assert (own.incident_id, own.revision) == (I_A, 1)


@pytest.mark.parametrize("stub_first", [True, False])
def test_a_merge_whose_records_come_in_two_batches_withdraws_nothing(stub_first: bool) -> None:
    views = Views()
    views.batch(incident(I_A, A), incident(I_B, B))
    parts = [incident(I_B, departed=[B]), incident(I_A, A, B, links=LINK)]
    records = [record for part in (parts if stub_first else parts[::-1]) for record in views.batch(part)]

    assert "WITHDRAWN" not in {record.state for record in records}
    assert states(records)[views.key(INTERNAL, B)] == ("MERGED", 2)


def test_an_incident_that_ends_without_another_withdraws_its_views() -> None:
    views = Views()
    views.batch(incident(I_A, A))
    records = views.batch(incident(I_A, state="WITHDRAWN"))

    assert states(records) == {views.key(INTERNAL, A): ("WITHDRAWN", 2), views.key("a_pd", A): ("WITHDRAWN", 2)}
    assert {record.document for record in records} == {b'{"state":"WITHDRAWN"}'}
    assert views.batch(incident(I_A, state="WITHDRAWN")) == []


def test_a_view_that_comes_back_is_newer_than_its_withdrawal() -> None:
    views = Views()
    views.batch(incident(I_A, A))
    views.batch(incident(I_A, state="WITHDRAWN"))

    assert states(views.batch(incident(I_A, A)))[views.key(INTERNAL, A)] == ("ACTIVE", 3)


def test_an_erased_report_takes_its_views_with_it_and_leaves_the_others() -> None:
    views = Views()
    views.batch(incident(I_A, A, B, links=LINK))
    records = views.batch(incident(I_A, state="PURGED", departed=[A, B]), incident(I_B, B))

    ended = {key for key, (state, _) in states(records).items() if state == "WITHDRAWN"}
    assert ended == {views.key(INTERNAL, A), views.key("a_pd", A)}
    assert states(records)[views.key(INTERNAL, B)] == ("ACTIVE", 1)


def test_a_seal_withdraws_the_owners_view_and_not_the_internal_one() -> None:
    views = Views()
    views.batch(incident(I_A, A))
    views.builder = builder(sealed=frozenset({A}))

    assert states(views.batch(incident(I_A, A))) == {views.key("a_pd", A): ("WITHDRAWN", 2)}


def allowed(reports: Sequence[Report], *_: Any) -> list[AllowedNotice]:
    """A notice to the owner of the first report about the second."""
    if len(reports) < 2:
        return []
    own, other = reports[:2]
    notice: Any = {"notice_id": f"{own.report_id}|{other.report_id}", "kind": "JOINED", "agency_id": own.agency_id,
                   "report_id": own.report_id, "verdict": "SAME", "other_agency_id": other.agency_id,
                   "other_report_id": other.report_id, "contact": "", "audience": "x-team", "at": NOW}  # fmt: skip
    return [AllowedNotice(notice, other, limited=False, fresh=True)]


def sent(records: Sequence[ViewRecord]) -> list[tuple[str, int, list[str]]]:
    """The audience and revision of each view with notices, and their kinds."""
    return [
        (record.audience, record.revision, [notice["kind"] for notice in record.notices])
        for record in records
        if record.notices is not None
    ]


def test_a_notice_is_sent_with_the_internal_view_once() -> None:
    views = Views(builder(notices=allowed))
    both = incident(I_A, A, B, links=LINK)

    assert sent(views.batch(both)) == [(INTERNAL, 1, ["JOINED"])]
    assert views.batch(both) == []


def test_a_view_of_which_only_the_notices_changed_is_written_in_its_old_revision() -> None:
    views, both = Views(), incident(I_A, A, B, links=LINK)
    views.batch(both)
    views.builder = builder(notices=allowed)
    assert sent(views.batch(both)) == [(INTERNAL, 1, ["JOINED"])]

    views.builder = builder()
    assert sent(views.batch(both)) == [(INTERNAL, 1, ["WITHDRAWN"])]
    assert views.batch(both) == []


def test_the_notice_about_an_erased_report_is_withdrawn() -> None:
    views = Views(builder(notices=allowed))
    views.batch(incident(I_A, A, B, links=LINK))
    records = views.batch(incident(I_A, state="PURGED", departed=[A, B]), incident(I_B, B))

    assert sent(records) == [(INTERNAL, 2, ["WITHDRAWN"])]


@pytest.mark.parametrize("limited", [False, True])
def test_the_withdrawal_of_a_notice_about_an_erased_report_is_sent_once(limited: bool) -> None:
    def notices(reports: Sequence[Report], *_: Any) -> list[AllowedNotice]:
        return [notice._replace(limited=limited) for notice in allowed(reports)]

    views = Views(builder(notices=notices))
    views.batch(incident(I_A, A, B, links=LINK))
    erasure = [incident(I_A, state="PURGED", departed=[A, B]), incident(I_B, B)]

    assert [kinds for _, _, kinds in sent(views.batch(*erasure))] == [["WITHDRAWN"]]
    assert views.batch(*erasure) == []
