"""Another table of weights: what the former decided on is decided on again, with persons' words, and only once."""

from typing import Any

import pytest

from schemas.topics import INCIDENTS
from streams import resolve
from streams.dedupe.clustering import clusters
from streams.dedupe.weights import TABLE
from streams.incidents import incident_record, table_migration
from streams.incidents.table_migration import MARK, Migration
from tests.streams.fakes import MemoryState, Runner, report
from tests.streams.test_resolve import at_hour, come, word

STRICT = TABLE.with_threshold(60.0)
PAIRS = 12


def living(runner: Runner) -> dict[str, Any]:
    made = (incident_record.trusted(value) for value in runner.newest(INCIDENTS.name).values())
    return {one["incident_id"]: one for one in made if one["members"]}


def joined(runner: Runner) -> list[list[str]]:
    found = []
    for one in living(runner).values():
        found += clusters([member["report_id"] for member in one["members"]], one["decisions"])
    return sorted(names for names in found if len(names) > 1)


def history(runner: Runner) -> None:
    """Incidents of two reports each, an hour apart."""
    for hour in range(PAIRS):
        runner(come(at_hour("a_pd", f"1{hour}", 2 * hour), at_hour("b_so", f"2{hour}", 2 * hour), first=2 * hour))


def moved(runner: Runner) -> Runner:
    """The same state under another table, as a worker of another release finds it."""
    after = Runner(resolve.stage(1, STRICT))
    kept = after.stage.state
    assert kept is not None
    after.topics = runner.topics
    for output in runner.topics[kept.topic]:
        after.state.change(kept.materialize([(incident_record.trusted(output.value), output.value)], after.state))
    return after


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.setattr(table_migration, "LEAST", 5)
    runner = Runner(resolve.stage(1))
    history(runner)
    assert len(joined(runner)) == PAIRS
    return runner


def one_more(runner: Runner, number: int) -> None:
    runner(come(report("a_pd", f"9{number}", occurred_from=None), first=100 + number))


def test_every_batch_takes_some_until_all_are_decided_on_by_the_new_table(before: Runner) -> None:
    after = moved(before)
    assert after.state.get_many([MARK]) == [b"1"]
    counts = []
    for number in range(6):
        one_more(after, number)
        counts.append(len(joined(after)))

    assert sorted(counts, reverse=True) == counts
    assert (counts[-1], counts[0] > 0) == (0, True)
    assert after.state.get_many([MARK]) == [None]
    made = {made["tables_version"] for one in living(after).values() for made in one["decisions"]}
    assert made <= {STRICT.version}


def test_a_persons_word_stays(before: Runner) -> None:
    before([word("a_pd:10", "b_so:20", "SAME")])
    after = moved(before)
    after([word("a_pd:10", "b_so:20", "SAME")])
    for number in range(6):
        one_more(after, number)

    assert joined(after) == [["a_pd:10", "b_so:20"]]


def test_a_batch_that_was_not_written_takes_the_same_again() -> None:
    state = MemoryState()
    state.change({MARK: b"1", **{b"r" + str(n).encode(): b"x" for n in range(3)}})
    found = Migration.of(state)

    assert found.take(1) == found.take(1) == ["0", "1", "2"]
    assert found.is_last
    found.written()
    assert found.take(1) == []
    assert not found.is_last


def test_a_batch_takes_in_proportion_to_its_own() -> None:
    state = MemoryState()
    state.change({MARK: b"1", **{b"r%05d" % n: b"x" for n in range(9_000)}})
    found = Migration.of(state)

    assert [len(found.take(records)) for records in (1, 250, 2_000)] == [100, 1_000, 8_000]


def test_the_same_table_has_nothing_to_move(before: Runner) -> None:
    assert before.state.get_many([MARK]) == [None]
    assert Migration(before.state).take(1) == []
