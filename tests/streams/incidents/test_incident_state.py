"""The state follows the incident records: where each report is, the forms in the block index, and what is erased."""

from typing import Any, cast

from schemas.identity import incident_id
from schemas.records.incident import Incident
from streams.dedupe.block_index import PREFIX as BLOCK
from streams.dedupe.profile import pack
from streams.incidents import incident_record
from streams.incidents.batch import INCIDENT, REPORT, ReportLocation
from streams.incidents.incident_state import erases, follow, materialize, window_of
from streams.incidents.table_migration import MARK
from streams.stage import Written
from tests.streams.dedupe.profiles_of import NOON, profile
from tests.streams.fakes import MemoryState
from tests.streams.incidents.test_batch import LINK, A, B, incident

TABLE = LINK["tables_version"]


def wrote(record: Incident, *forms: Any) -> Written:
    """A record as the batch wrote it, with the forms that it changed."""
    fresh = {"profiles": {form.report_id: (form,) for form in forms}} if forms else {}
    return {**record, **fresh}, incident_record.write(record)


def change(state: MemoryState, *written: Written, version: str = TABLE) -> dict[bytes, bytes | None]:
    changes = materialize(written, state, version)
    state.change(changes)
    follow(written, changes, state)
    return dict(changes)


def indexed(state: MemoryState) -> dict[bytes, bytes]:
    return {key: value for key, value in state.values.items() if key.startswith(BLOCK)}


def test_a_report_is_placed_in_its_incident_and_its_form_in_its_bucket() -> None:
    state, one = MemoryState(), profile(A)
    record = incident(A)
    change(state, wrote(record, one))

    assert state.values == {
        INCIDENT + record["incident_id"].encode(): incident_record.write(record),
        REPORT + A.encode(): ReportLocation(incident_id([A]), (one.bucket,)).encode(),
        BLOCK + one.bucket + A.encode(): pack(one),
    }


def test_a_form_that_moved_leaves_its_former_bucket_in_the_state_and_in_memory() -> None:
    state, before, after = MemoryState(), profile(A), profile(A, start=NOON + 7_200)
    change(state, wrote(incident(A), before))
    window = window_of(state)
    assert window.bucket(before.bucket).profiles == {A: before}
    change(state, wrote(incident(A, revision=2), after))

    assert indexed(state) == {BLOCK + after.bucket + A.encode(): pack(after)}
    assert not window.bucket(before.bucket).profiles
    assert window_of(state) is window


def test_a_report_that_the_batch_did_not_change_keeps_its_forms_in_another_incident() -> None:
    state, moved = MemoryState(), profile(B)
    change(state, wrote(incident(B), moved))
    before = indexed(state)
    change(state, wrote(incident(A, B, decisions=[LINK]), profile(A)))

    location = ReportLocation.decode(state.values[REPORT + B.encode()])
    assert location == ReportLocation(incident_id([A]), (moved.bucket,))
    assert indexed(state).items() >= before.items()


def test_a_record_that_was_read_back_places_every_report_by_its_bytes() -> None:
    state = MemoryState()
    change(state, wrote(incident(A, B, decisions=[LINK])))

    assert {key for key in state.values if key.startswith(REPORT)} == {REPORT + A.encode(), REPORT + B.encode()}
    assert len(indexed(state)) == 2


def test_an_erased_report_leaves_nothing_but_the_record_of_its_erasure() -> None:
    state = MemoryState()
    change(state, wrote(incident(A), profile(A)))
    purged = incident(A, state="PURGED", members=[], departed=[A], revision=2)
    change(state, wrote(purged))

    assert state.values == {INCIDENT + incident_id([A]).encode(): incident_record.write(purged)}
    assert materialize([wrote(purged)], MemoryState(), TABLE).keys() == {INCIDENT + incident_id([A]).encode()}


def test_a_report_that_is_placed_and_erased_in_one_batch_is_gone() -> None:
    state = MemoryState()
    purged = incident(B, state="PURGED", members=[], departed=[B])
    change(state, wrote(incident(B), profile(B)), wrote(purged))

    assert not indexed(state)
    assert REPORT + B.encode() not in state.values


def test_a_batch_erases_when_any_of_its_records_states_an_erasure() -> None:
    purged = incident(A, state="PURGED", members=[], departed=[A])

    assert erases([wrote(incident(B)), wrote(purged)])
    assert not erases([wrote(incident(A))])
    assert not erases([])


def test_the_state_is_marked_while_it_has_a_decision_by_another_table() -> None:
    record = incident(A, B, decisions=[LINK])

    assert change(MemoryState(), wrote(record), version="other")[MARK] == b"1"
    assert MARK not in change(MemoryState(), wrote(record))
    assert MARK not in change(MemoryState(), wrote(cast(Incident, {**record, "decisions": []})), version="other")
