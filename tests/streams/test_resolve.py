"""The newest version is current in any order, each published record counts exactly once, links connect reports."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.identity import incident_id
from schemas.records import codec
from schemas.records.kafka_record import Record
from schemas.topics import ADJUDICATIONS, DECISIONS, ENRICHED_REPORTS, INCIDENTS
from streams import intake, resolve
from streams.dedupe.clustering import clusters
from streams.incidents import incident_record
from tests.schemas.samples import REPORT
from tests.streams.fakes import NOW, MemoryState, Runner, agencies, as_records, published, report
from tests.streams.worlds import explain

INTAKE = intake.stage(agencies, 1)
HOUR_MS = 3_600_000


def enriched(records: Sequence[Record]) -> list[Record]:
    """What resolve reads of published records."""
    return as_records(INTAKE.process(records, MemoryState(), NOW).outputs)


def at_hour(agency: str, number: str, hour: int, version: int = 1, **changes: Any) -> dict[str, Any]:
    """A report like every other but for its hour: those of one hour speak of one incident."""
    return report(agency, number, version, occurred_from=NOW - hour * HOUR_MS, persons=[], vehicles=[], **changes)


def come(*made: dict[str, Any], first: int = 0) -> list[Record]:
    """What resolve reads of these reports, published at the offsets from `first` on."""
    return enriched([published(one, first + at) for at, one in enumerate(made)])


def word(left: str, right: str, verdict: str, by: str = "analyst1") -> Record:
    """A person's word as resolve reads it."""
    left, right = sorted((left, right))
    said = {"left": left, "right": right, "verdict": verdict, "by": by, "audience": "internal", "why": "x", "at": NOW}
    return Record(ADJUDICATIONS.name, 0, 0, NOW, f"{left}|{right}".encode(), codec.encode("adjudication", said))


def incidents(runner: Runner) -> dict[str, Any]:
    newest = runner.newest(INCIDENTS.name)
    return {key.decode(): incident_record.trusted(value) for key, value in newest.items()}


def living(runner: Runner) -> dict[str, Any]:
    return {name: one for name, one in incidents(runner).items() if one["members"]}


def groups(runner: Runner) -> list[list[str]]:
    """The real incidents: clusters of each record's members."""
    found: list[list[str]] = []
    for one in living(runner).values():
        found += clusters([member["report_id"] for member in one["members"]], one["decisions"])
    return sorted(found)


def members(runner: Runner) -> dict[str, tuple[int, int, bool]]:
    """Report -> version, offset, cancelled."""
    return {
        member["report_id"]: (member["version"], member["offset"], member["cancelled"])
        for incident in incidents(runner).values()
        for member in incident["members"]
    }


def fates(runner: Runner) -> Counter[str]:
    """What became of published records that do not stand."""
    newest = runner.newest(DECISIONS.name).values()
    kinds = Counter(codec.decode_trusted("decision", value)["kind"] for value in newest)
    return Counter({kind: kinds[kind] for kind in ("SUPERSEDED", "REPEATED", "CONFLICTING") if kinds[kind]})


def resolved(batches: Sequence[Sequence[Record]]) -> Runner:
    runner = Runner(resolve.stage(1))
    for batch in batches:
        runner(batch)
    return runner


def test_a_report_alone_is_an_incident_and_keeps_its_name() -> None:
    first = resolved([come(at_hour("a_pd", "1", 1), at_hour("b_so", "1", 9))])
    updated = resolved([come(at_hour("a_pd", "1", 1, version=2))])

    assert len(incidents(first)) == 2
    assert set(incidents(updated)) < set(incidents(first))


def test_reports_of_two_agencies_on_one_incident_are_one_record_with_the_reasons() -> None:
    runner = resolved([come(at_hour("b_so", "1", 1), at_hour("a_pd", "1", 1))])

    ((name, one),) = incidents(runner).items()
    assert name == incident_id(["a_pd:1"])
    assert [member["report_id"] for member in one["members"]] == ["a_pd:1", "b_so:1"]
    (why,) = one["decisions"]
    assert why["verdict"] == "SAME"
    assert why["weight"] == pytest.approx(sum(row["weight"] for row in explain(one["members"])(why)["evidence"]))


def test_a_merge_leaves_a_redirect_and_a_split_brings_the_record_back() -> None:
    runner = resolved([come(at_hour("a_pd", "1", 1)), come(at_hour("b_so", "1", 5)), []])
    runner(come(at_hour("b_so", "1", 1, version=2), first=1))
    merged = incidents(runner)
    runner(come(at_hour("b_so", "1", 5, version=3), first=2))

    a, b = incident_id(["a_pd:1"]), incident_id(["b_so:1"])
    assert (merged[b]["state"], merged[b]["into"], merged[b]["departed"]) == ("MERGED", a, ["b_so:1"])
    split = incidents(runner)
    assert (split[a]["departed"], split[b]["state"], split[b]["revision"]) == (["b_so:1"], "ACTIVE", 3)


def test_a_person_splits_and_lifts_it_again() -> None:
    runner = resolved([come(at_hour("a_pd", "1", 1), at_hour("b_so", "1", 1))])
    runner([word("a_pd:1", "b_so:1", "NOT_SAME")])
    apart = groups(runner)
    runner(come(at_hour("a_pd", "1", 1, version=2), at_hour("b_so", "1", 1, version=2), first=2))
    still = groups(runner)
    (told,) = living(runner).values()
    runner([word("a_pd:1", "b_so:1", "WITHDRAWN")])

    assert apart == still == [["a_pd:1"], ["b_so:1"]]
    assert [one["decided_by"] for one in told["decisions"]] == ["analyst1"], "the word is told where the reports are"
    assert groups(runner) == [["a_pd:1", "b_so:1"]]


def test_a_person_joins_what_no_block_brings_together_even_before_it_comes() -> None:
    runner = resolved(
        [[word("a_pd:1", "b_so:1", "SAME")], come(at_hour("a_pd", "1", 1)), come(at_hour("b_so", "1", 40))]
    )

    assert groups(runner) == [["a_pd:1", "b_so:1"]]


def test_a_word_that_nobody_says_is_refused() -> None:
    """A decision by `model` is the matcher's: nobody may speak in its name."""
    runner = resolved([come(at_hour("a_pd", "1", 1), at_hour("b_so", "1", 1))])
    result = runner([word("a_pd:1", "b_so:1", "NOT_SAME", by="model")])

    assert [refusal.why.field for refusal in result.refusals] == ["by"]
    assert groups(runner) == [["a_pd:1", "b_so:1"]]


def test_test_traffic_meets_no_actual_traffic_whoever_says_so() -> None:
    runner = resolved(
        [come(at_hour("a_pd", "1", 1), at_hour("b_so", "1", 1, traffic="TEST")), [word("a_pd:1", "b_so:1", "SAME")]]
    )

    assert len(living(runner)) == 2


def test_an_older_version_after_a_newer_is_superseded_and_told_in_the_history() -> None:
    runner = resolved([come(report(version=2)), come(report(version=1), first=1)])

    assert members(runner) == {"a_pd:1": (2, 0, False)}
    assert fates(runner) == {"SUPERSEDED": 1}
    (one,) = incidents(runner).values()
    assert [line["version"] for line in one["members"][0]["history"]] == [1, 2]


def test_the_same_version_again_is_repeated_and_changes_nothing() -> None:
    runner = resolved([come(report())])
    before = dict(runner.state.values)
    result = runner(come(report(event_id="another"), first=1))

    assert runner.state.values == before
    assert [output.topic for output in result.outputs] == [DECISIONS.name]
    assert fates(runner) == {"REPEATED": 1}


def test_a_record_delivered_again_is_not_a_repeat() -> None:
    """Intake is at least once: the same published record may come to resolve any number of times."""
    batch = come(report(), report(version=2))
    runner = resolved([batch, batch, batch])

    assert members(runner) == {"a_pd:1": (2, 1, False)}
    assert fates(runner) == {"SUPERSEDED": 1}


def test_of_two_contents_under_one_version_the_greater_hash_stands() -> None:
    one, two = (published(report(priority=priority), offset) for offset, priority in enumerate((1, 2)))

    standing = [members(resolved([enriched([x]), enriched([y])])) for x, y in ((one, two), (two, one))]

    assert standing[0] == standing[1]
    assert fates(resolved([enriched([one, two])])) == {"CONFLICTING": 1}


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("priority", [1, 2])
def test_of_two_contents_under_one_version_the_one_emitted_later_stands(order: int, priority: int) -> None:
    emitted = REPORT["updated_at"]
    later = published(report(priority=priority, updated_at=emitted + 1), 0)
    earlier = published(report(priority=3 - priority, updated_at=emitted), 1)

    assert members(resolved([enriched([one]) for one in (later, earlier)[::order]])) == {"a_pd:1": (1, 0, False)}


def test_an_incident_whose_only_report_is_cancelled_is_cancelled() -> None:
    runner = resolved([come(report(), report(version=2, status="CANCELLED"))])

    assert [incident["state"] for incident in incidents(runner).values()] == ["CANCELLED"]


def test_a_cancelled_report_is_matched_and_stays_a_member() -> None:
    runner = resolved([come(at_hour("a_pd", "1", 1), at_hour("b_so", "1", 1, status="CANCELLED"))])

    assert groups(runner) == [["a_pd:1", "b_so:1"]]
    assert [one["state"] for one in living(runner).values()] == ["ACTIVE"]


REPORTS = st.lists(
    st.builds(
        at_hour,
        agency=st.sampled_from(["a_pd", "b_so", "c_mx"]),
        number=st.sampled_from(["1", "2"]),
        hour=st.sampled_from([1, 5, 400]),
        version=st.integers(1, 3),
        priority=st.integers(1, 2),
        status=st.sampled_from(["ACTIVE", "CANCELLED"]),
    ),
    min_size=1,
    max_size=12,
)
WORDS = st.lists(
    st.tuples(
        st.sampled_from([("a_pd:1", "b_so:1"), ("a_pd:2", "c_mx:1"), ("a_pd:1", "a_pd:2")]),
        st.sampled_from(["SAME", "NOT_SAME", "WITHDRAWN"]),
    ),
    max_size=3,
    unique_by=lambda one: one[0],
)


def split(records: list[Record], cuts: list[int]) -> list[list[Record]]:
    edges = [0, *sorted(cut % (len(records) + 1) for cut in cuts), len(records)]
    return [records[a:b] for a, b in pairwise(edges) if a < b]


def content(runner: Runner) -> dict[str, Any]:
    """The living incidents without what the order of arrival may change: revision and what departed."""
    return {
        name: (incident["state"], incident["members"], incident["decisions"])
        for name, incident in living(runner).items()
    }


@settings(max_examples=200)
@given(REPORTS, WORDS, st.permutations(range(15)), st.lists(st.integers(0, 20), max_size=6))
def test_the_order_of_arrival_and_the_batches_do_not_matter(
    made: list[Any], said: list[Any], order: list[int], cuts: list[int]
) -> None:
    """Words on different pairs among them; every name that was ever given leads to where its report is now."""
    records = [*come(*made), *(word(left, right, verdict) for (left, right), verdict in said)]
    shuffled = [records[at] for at in order if at < len(records)]
    one, other = resolved([records]), resolved(split(shuffled, cuts))

    assert content(one) == content(other)
    home = {member["report_id"]: name for name, found in living(other).items() for member in found["members"]}
    names = {incident_id([report_id]): name for report_id, name in home.items()}
    assert all(found["into"] == names[name] for name, found in incidents(other).items() if found["state"] == "MERGED")


@settings(max_examples=100)
@given(REPORTS, st.lists(st.integers(0, 11), max_size=8), st.lists(st.integers(0, 20), max_size=4))
def test_every_published_record_counts_once_however_often_it_is_delivered(
    made: list[Any], again: list[int], cuts: list[int]
) -> None:
    """published = current + superseded + repeated, with any records delivered again at the end."""
    records = come(*made)
    runner = resolved([*split(records, cuts), [records[at % len(records)] for at in again]])

    assert len(made) == len(members(runner)) + fates(runner).total()


@settings(max_examples=100)
@given(REPORTS, st.lists(st.integers(0, 20), max_size=4))
def test_the_state_read_back_from_its_topic_is_the_state(made: list[Any], cuts: list[int]) -> None:
    runner = resolved(split(come(*made), cuts))

    assert runner.rebuilt() == runner.state.values


def test_what_cannot_be_read_is_refused_alone() -> None:
    good = come(report())
    bad = Record(ENRICHED_REPORTS.name, 0, 9, NOW, b"k", b"rubbish")

    result = Runner(resolve.stage(1))([bad, *good])

    assert [refusal.cause for refusal in result.refusals] == [0]
    assert [output.cause for output in result.outputs] == [1]
    assert resolve.trace(bad) == ("", None)
    assert resolve.trace(good[0])[0] == "a_pd"
