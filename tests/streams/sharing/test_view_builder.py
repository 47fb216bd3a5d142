"""The views of an incident: who gets one, under which name, and what nobody but its audience can tell from it."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

import orjson
import pytest

from schemas.agreements import Outcome
from schemas.identity import INTERNAL, incident_id
from schemas.records.incident import PairDecision
from streams.release import nothing_shared, reports_by_owner
from streams.sharing.notices import no_notices
from streams.sharing.ports import AllowedNotices, SharedReports
from streams.sharing.view_builder import ViewBuilder
from streams.sharing.view_state import ViewRecord, digest
from streams.sharing.visible import Grant, Report, Visible
from tests.streams.fakes import NOW
from tests.streams.worlds import decision, member

A, B, C = "a_pd:1", "b_so:1", "c_mx:1"
MASTER = b"m" * 32


def builder(
    shared: SharedReports = nothing_shared, sealed: Set[str] = frozenset(), notices: AllowedNotices = no_notices
) -> ViewBuilder:
    return ViewBuilder(MASTER, 1, reports_by_owner, shared, sealed, notices)


def built(
    maker: ViewBuilder, *reports: str, links: Sequence[PairDecision] = ()
) -> tuple[dict[str, list[ViewRecord]], list[ViewRecord]]:
    """The views of each audience, and the redirects."""
    incident = {"incident_id": incident_id(reports), "domain": 2, "decisions": links}
    records, redirects = maker.build(incident, [member(name) for name in reports], NOW)
    views: dict[str, list[ViewRecord]] = {}
    for record in records:
        views.setdefault(record.audience, []).append(record)
    return views, redirects


def shown(views: Mapping[str, Sequence[ViewRecord]]) -> dict[str, list[list[str]]]:
    return {audience: [list(record.report_ids) for record in records] for audience, records in views.items()}


def test_internal_sees_all_reports_and_each_agency_its_own() -> None:
    views, _ = built(builder(), A, B, links=[decision(A, B)])

    assert shown(views) == {INTERNAL: [[A, B]], "a_pd": [[A]], "b_so": [[B]]}


def test_a_view_is_at_revision_0_in_the_domain_of_its_incident() -> None:
    (record,) = built(builder(), A)[0][INTERNAL]

    assert (record.incident_id, record.domain, record.generation, record.revision) == (incident_id([A]), 2, 1, 0)
    assert (record.state, record.into) == ("ACTIVE", None)
    assert record.digest == digest("ACTIVE", None, record.document)


def test_audiences_cannot_tell_each_others_views_by_name() -> None:
    maker = builder()
    ids = {maker.view_id(audience, A) for audience in (INTERNAL, "a_pd", "b_so")}

    assert len(ids) == 3
    assert maker.view_id(INTERNAL, A) == incident_id([A])
    assert maker.view_id("a_pd", A) == builder().view_id("a_pd", A)
    assert maker.view_id("a_pd", A) != ViewBuilder(
        b"n" * 32, 1, reports_by_owner, nothing_shared, frozenset(), no_notices
    ).view_id("a_pd", A)


def test_every_other_name_of_an_incident_redirects_to_its_view() -> None:
    maker = builder()
    views, redirects = built(maker, A, B, C, links=[decision(A, B), decision(B, C), decision(A, C)])

    (view,) = views[INTERNAL]
    assert {(stub.audience, stub.view_id) for stub in redirects} == {
        (INTERNAL, maker.view_id(INTERNAL, B)),
        (INTERNAL, maker.view_id(INTERNAL, C)),
    }
    assert {(stub.state, stub.into) for stub in redirects} == {("MERGED", view.view_id)}


def test_a_stub_has_no_data_and_a_digest_of_its_own() -> None:
    incident = {"incident_id": "i1", "domain": 2}
    ended, merged = (
        builder().stub(incident, "a_pd", "v1", "WITHDRAWN"),
        builder().stub(incident, "a_pd", "v1", "MERGED", "v2"),
    )

    assert (orjson.loads(ended.document), ended.report_ids, ended.exposed) == ({"state": "WITHDRAWN"}, (), ())
    assert (merged.into, orjson.loads(merged.document)) == ("v2", {"state": "MERGED", "into": "v2"})
    assert ended.digest != merged.digest


def in_full(audience: str, redacted: bool = False) -> SharedReports:
    def shared(reports: Sequence[Report], decisions: Sequence[PairDecision], now: int) -> Mapping[str, Visible]:
        grants = {report.report_id: Grant(Outcome.FULL, frozenset(), ("r1",)) for report in reports}
        return {audience: Visible(reports, decisions, grants=grants, redacted=redacted)}

    return shared


@pytest.mark.parametrize("redacted", [False, True])
def test_audiences_that_see_the_same_in_full_share_its_bytes(redacted: bool) -> None:
    views, _ = built(builder(in_full("x-team", redacted)), A, B, links=[decision(A, B)])

    assert (views["x-team"][0].document is views[INTERNAL][0].document) is not redacted
    assert views["x-team"][0].view_id != views[INTERNAL][0].view_id


def test_only_what_an_agreement_shows_is_exposed() -> None:
    views, _ = built(builder(in_full("x-team")), A)

    assert [row["report_id"] for row in views["x-team"][0].exposed] == [A]
    assert not views[INTERNAL][0].exposed
    assert not views["a_pd"][0].exposed


@pytest.mark.parametrize("audience", [INTERNAL, "a_pd"])
def test_no_audience_of_an_agreement_takes_the_place_of_internal_or_of_an_agency(audience: str) -> None:
    views, _ = built(builder(in_full(audience)), A, B)

    assert shown(views) == {INTERNAL: [[A], [B]], "a_pd": [[A]], "b_so": [[B]]}


def test_a_sealed_report_is_shown_to_internal_alone_and_links_nothing_for_others() -> None:
    links = [decision(A, B), decision(B, C), decision(A, C, -1.0)]
    views, _ = built(builder(in_full("x-team"), frozenset({B})), A, B, C, links=links)

    assert shown(views) == {INTERNAL: [[A, B, C]], "a_pd": [[A]], "c_mx": [[C]], "x-team": [[A], [C]]}


def test_decisions_on_redacted_forms_count_for_no_owner() -> None:
    on_forms: Any = {**decision(A, "a_pd:2"), "forms": (0, 1)}
    views, _ = built(builder(), A, "a_pd:2", links=[on_forms])

    assert shown(views) == {INTERNAL: [[A], ["a_pd:2"]], "a_pd": [[A], ["a_pd:2"]]}


def test_notices_go_with_the_internal_view_of_their_report_alone() -> None:
    def notices(reports: Sequence[Report], *_: Any) -> Any:
        return [_Allowed({"report_id": report.report_id}) for report in reports]

    views, _ = built(builder(notices=notices), A, B)

    assert [[each.notice["report_id"] for each in record.allowed] for record in views[INTERNAL]] == [[A], [B]]
    assert not any(record.allowed for record in [*views["a_pd"], *views["b_so"]])


class _Allowed:
    def __init__(self, notice: dict[str, str]) -> None:
        self.notice = notice
