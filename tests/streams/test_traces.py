"""No trace, of reports and of fields, in random histories on which the real stages decide; planted faults are found."""

from collections import Counter
from itertools import chain

import orjson
import pytest

from schemas.records.incident import TOMBSTONE_STATES
from schemas.topics import INCIDENTS
from streams.incidents import incident_record
from tests.streams import planted
from tests.streams.histories import Maker
from tests.streams.played import Played
from tests.streams.traces import of_fields, of_reports, partnerships

REPORTS, FIELDS, EACH = range(1, 61), range(1, 41), 5
"""Seeds, and how many of them one test takes: `make traces` takes thousands."""
FLOODS = range(20, 61, 20)


@pytest.mark.parametrize("first", REPORTS[::EACH])
def test_hidden_reports_leave_no_trace(first: int) -> None:
    found = {seed: of_reports(seed) for seed in range(first, first + EACH)}

    assert {seed: one.traces for seed, one in found.items() if one.traces} == {}
    assert sum(one.comparisons for one in found.values()) >= 2 * EACH


@pytest.mark.parametrize("first", FIELDS[::EACH])
def test_withheld_fields_leave_no_trace(first: int) -> None:
    found = {seed: of_fields(seed) for seed in range(first, first + EACH)}

    assert {seed: one.traces for seed, one in found.items() if one.traces} == {}
    assert sum(one.comparisons for one in found.values()) >= EACH // 2


@pytest.mark.parametrize("fault", planted.OF_REPORTS, ids=lambda one: str(one.__name__))
def test_a_fault_that_lets_hidden_reports_through_is_found(
    fault: planted.Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    seeds = FLOODS if fault is planted.one_bound_for_all_agencies else REPORTS

    assert any(of_reports(seed).traces for seed in seeds)


@pytest.mark.parametrize("fault", planted.OF_FIELDS, ids=lambda one: str(one.__name__))
def test_a_fault_that_lets_withheld_fields_through_is_found(
    fault: planted.Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)

    assert any(of_fields(seed).traces for seed in FIELDS)


def test_the_histories_have_what_would_leave_a_trace() -> None:
    """Views of several reports, redacted ones linked, hidden versions, pointers; incidents half of which is hidden."""
    had = Counter[str]()
    for seed in range(1, 8):
        history = Maker(seed).history()
        names = partnerships(history)
        played = Played(history, names, seed)
        for views in (played.told(name).values() for name in names):
            newest = [revisions[max(revisions)] for revisions in views]
            had["ended"] += sum(one["state"] in TOMBSTONE_STATES for one in newest)
            for told in (orjson.loads(one["document"]) for one in newest if one["state"] not in TOMBSTONE_STATES):
                several = len(told["report_ids"]) > 1
                had["several"] += several
                had["redacted, linked"] += several and any("withheld" in one for one in told["reports"])
                had["hidden version"] += any(len(one) == 1 for one in chain(*told.get("history", {}).values()))
                had["pointer"] += "pointers" in told
        had["said"] += sum(len(step.words) + len(step.orders) for step in history.steps)
        records = map(incident_record.trusted, played.incidents().values())
        had[INCIDENTS.name] += sum(len({one["agency_id"] for one in record["members"]}) > 2 for record in records)

    assert set(had) == {"ended", "several", "redacted, linked", "hidden version", "pointer", "said", INCIDENTS.name}
    assert min(had.values()) >= 3, had
