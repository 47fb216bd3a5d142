"""A batch overlays the state: what it loads, changes and erases, and the records that it writes of it."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import pytest

from schemas.identity import incident_id
from schemas.records.incident import Incident, PairDecision
from streams.dedupe.block_index import Overlay, Window
from streams.dedupe.profile import BUCKET_BYTES
from streams.incidents import incident_record
from streams.incidents.batch import (
    HISTORY_BYTES,
    MEMBER_BYTES,
    Batch,
    ReportLocation,
    audit_record,
    erased_by,
    new_decisions,
    on_whole_reports,
    versions_of,
)
from streams.incidents.incident_state import materialize
from tests.streams.dedupe.profiles_of import profile
from tests.streams.fakes import NOW, MemoryState
from tests.streams.worlds import decision, member

A, B, C = "a_pd:1", "b_so:1", "c_mx:1"


def incident(*reports: str, decisions: Sequence[PairDecision] = (), **changes: Any) -> Incident:
    made = {
        "incident_id": incident_id(reports),
        "domain": 0,
        "generation": 1,
        "revision": 1,
        "state": "ACTIVE",
        "into": None,
        "members": [member(name) for name in sorted(reports)],
        "decisions": list(decisions),
        "departed": [],
        **changes,
    }
    return cast(Incident, made)


def batch(*records: Incident) -> Batch:
    """A batch over a state that has these records."""
    state = MemoryState()
    for record in records:
        state.change(materialize([(record, incident_record.write(record))], state, "0"))
    return Batch(state, Overlay(Window(state)))


def written(batch: Batch, names: Iterable[str], decided: Sequence[PairDecision] = ()) -> dict[str, Any]:
    """What a batch writes of a component, by incident id."""
    return {record["incident_id"]: record for record in batch.changed_records(set(names), list(decided), 0, 1)}


LINK = decision(A, B)


def test_a_location_is_read_as_it_was_written_whatever_the_number_of_its_forms() -> None:
    for forms in range(4):
        buckets = tuple(bytes([n]) * BUCKET_BYTES for n in range(forms))
        location = ReportLocation(incident_id([A]), buckets)
        assert ReportLocation.decode(location.encode()) == location
        assert [bucket for _, bucket in location.forms(A)] == list(buckets)


def test_a_report_is_loaded_with_all_that_it_is_connected_to_and_nothing_else() -> None:
    made = batch(incident(A, B, decisions=[LINK]), incident(C))
    made.load([B])

    assert made.members.keys() == {A, B}
    assert made.incident_of(B) == incident_id([A])
    assert sorted(made.stored_with([B])) == [A, B]
    assert list(made.stored_with([C, "d_pd:1"])) == []


def test_a_report_that_nobody_has_is_not_there_and_will_be_an_incident_of_its_own() -> None:
    made = batch()
    made.load([A])

    assert not made.members
    assert made.find(A) == ()
    assert made.erase(A) is None
    assert made.incident_of(A) == incident_id([A])


def test_a_report_is_found_as_this_batch_leaves_it() -> None:
    made = batch(incident(A))
    assert [form.report_id for form in made.find(A)] == [A]

    changed = (profile(A, lat=40.0),)
    made.put(cast(Any, member(A, version=2)), changed)
    assert made.find(A) == changed
    assert made.members[A]["version"] == 2

    before = made.erase(A)
    assert before is not None
    assert before["version"] == 2
    assert made.find(A) == ()


def test_what_did_not_change_is_not_written() -> None:
    made = batch(incident(A, B, decisions=[LINK]))
    made.load([A])
    stored = made.stored[incident_id([A])]

    assert written(made, [A, B], stored["decisions"]) == {}


def test_a_merge_writes_one_record_and_redirects_the_other_name() -> None:
    made = batch(incident(A), incident(B, revision=4))
    made.load([A, B])
    records = written(made, [A, B], [LINK])

    into, other = records[incident_id([A])], records[incident_id([B])]
    assert (into["state"], into["revision"], into["departed"]) == ("ACTIVE", 2, [])
    assert [each["report_id"] for each in into["members"]] == [A, B]
    assert (other["state"], other["into"], other["revision"]) == ("MERGED", incident_id([A]), 5)
    assert (other["members"], other["departed"]) == ([], [B])


def test_a_split_writes_both_records_and_states_who_left() -> None:
    made = batch(incident(A, B, decisions=[LINK]))
    made.load([A])
    records = {**written(made, [A]), **written(made, [B])}

    assert records[incident_id([A])]["departed"] == [B]
    assert (records[incident_id([B])]["state"], records[incident_id([B])]["revision"]) == ("ACTIVE", 1)


def test_a_name_that_was_never_written_needs_no_redirect() -> None:
    made = batch()
    for name in (A, B):
        made.put(cast(Any, member(name)), (profile(name),))

    assert written(made, [A, B], [LINK]).keys() == {incident_id([A])}


@pytest.mark.parametrize(("cancelled", "state"), [((True, True), "CANCELLED"), ((True, False), "ACTIVE")])
def test_an_incident_is_cancelled_when_all_its_reports_are(cancelled: tuple[bool, bool], state: str) -> None:
    made = batch()
    for name, void in zip((A, B), cancelled, strict=True):
        made.put(cast(Any, member(name, cancelled=void)), (profile(name),))

    assert written(made, [A, B], [LINK])[incident_id([A])]["state"] == state


def test_an_erasure_is_recorded_under_the_reports_own_name_and_redirects_nowhere() -> None:
    made = batch(incident(A, B, decisions=[LINK]))
    made.erase(B)
    (record,) = made.erasures()

    assert (record["incident_id"], record["state"], record["into"]) == (incident_id([B]), "PURGED", None)
    assert (record["members"], record["decisions"], record["departed"]) == ([], [], [B])
    assert erased_by(record) == B
    assert not made.was_erased(A)


def test_who_was_with_an_erased_report_under_its_name_departs_from_it() -> None:
    made = batch(incident(A, B, decisions=[LINK], revision=3))
    made.erase(A)
    (record,) = made.erasures()

    assert (record["incident_id"], record["revision"], record["departed"]) == (incident_id([A]), 4, [A, B])
    assert erased_by(record) == A


def test_an_erasure_is_recorded_once() -> None:
    made = batch(incident(A))
    made.erase(A)
    (record,) = made.erasures()
    again = batch(record)

    assert again.was_erased(A)
    assert again.erase(A) is None
    assert list(again.erasures()) == []


def test_other_records_state_no_erasure() -> None:
    assert erased_by(incident(A)) is None
    assert erased_by(incident(A, state="PURGED", members=[], departed=[B])) is None


def test_the_size_of_a_report_grows_with_its_history() -> None:
    made = batch()
    for version in (1, 3):
        made.put(cast(Any, member(A, version=version)))
        enriched = len(made.members[A]["enriched"])
        assert made.size(A) == enriched + MEMBER_BYTES + version * HISTORY_BYTES


UNSURE, DENIED = decision(A, B, -1.0), decision(A, B, -30.0, verdict="NOT_SAME")
BY_PERSON = decision(A, B, by="p1", verdict="NOT_SAME")


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        (None, LINK, True),
        (None, UNSURE, True),
        (None, DENIED, False),
        (None, BY_PERSON, True),
        (LINK, LINK, False),
        (LINK, {**LINK, "weight": 99.0}, False),
        (UNSURE, LINK, True),
        (DENIED, LINK, True),
        (DENIED, BY_PERSON, True),
        (BY_PERSON, DENIED, False),
        (None, {**LINK, "forms": (0, 1)}, False),
    ],
)
def test_a_decision_is_new_when_its_verdict_or_who_decided_is(before: Any, now: Any, kept: bool) -> None:
    former = incident(A, B, decisions=[before] if before else [])

    assert list(new_decisions(incident(A, B, decisions=[now]), former)) == ([now] if kept else [])


def test_without_a_former_record_every_decision_is_new() -> None:
    assert list(new_decisions(incident(A, B, decisions=[LINK, DENIED]), None)) == [LINK]
    assert on_whole_reports([LINK, {**LINK, "forms": (1, 0)}]) == [LINK]


@pytest.mark.parametrize(
    ("pair", "kind", "detail"),
    [
        (LINK, "LINK", "SAME by model: 12.0 of 8.0 bits"),
        (UNSURE, "UNSURE", "UNSURE by model: 7.0 of 8.0 bits"),
        (BY_PERSON, "ADJUDICATION", "NOT_SAME by p1: 12.0 of 8.0 bits"),
        ({**LINK, "verdict": "RELATED", "weight": -0.04}, "LINK", "RELATED by model: 0.0 of 8.0 bits"),
    ],
)
def test_a_decision_is_audited_by_who_made_it_and_what_it_decides(pair: Any, kind: str, detail: str) -> None:
    entry = audit_record(pair, {A: 2, B: 3}, "i1", NOW)

    assert (entry["kind"], entry["detail"], entry["agency_id"]) == (kind, detail, "a_pd")
    assert (entry["version"], entry["standing_version"], entry["decided_at"]) == (2, 3, NOW)


def test_the_same_decision_on_the_same_versions_has_one_id() -> None:
    def entry_id(pair: PairDecision = LINK, left: int = 1, right: int = 1, now: int = NOW, name: str = "i1") -> str:
        return audit_record(pair, {A: left, B: right}, name, now)["decision_id"]

    assert entry_id() == entry_id(now=NOW + 1, name="i2")
    assert len({entry_id(), entry_id(UNSURE), entry_id(BY_PERSON), entry_id(left=2), entry_id(right=2)}) == 5


def test_versions_are_those_of_the_members() -> None:
    assert versions_of([cast(Any, member(A, version=2)), cast(Any, member(B))]) == {A: 2, B: 1}
    assert versions_of([]) == {}
