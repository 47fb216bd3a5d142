"""The newest version stands whatever came first, and each published record counts exactly once."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import wire
from schemas.topics import DECISIONS, ENRICHED_REPORTS, INCIDENTS
from streams import intake, resolve
from streams.stage import Record
from tests.streams.fakes import NOW, MemoryState, Runner, agencies, as_records, published, report

INTAKE = intake.stage(agencies, 1)


def enriched(records: Sequence[Record]) -> list[Record]:
    """What resolve reads of published records."""
    return as_records(INTAKE.process(records, MemoryState(), NOW).outputs)


def incidents(runner: Runner) -> dict[str, Any]:
    newest = runner.newest(INCIDENTS.name)
    return {key.decode(): wire.trusted("incident", value) for key, value in newest.items()}


def members(runner: Runner) -> dict[str, tuple[int, int, bool]]:
    """Report -> version, offset, cancelled."""
    return {
        member["report_id"]: (member["version"], member["offset"], member["cancelled"])
        for incident in incidents(runner).values()
        for member in incident["members"]
    }


def fates(runner: Runner) -> Counter[str]:
    newest = runner.newest(DECISIONS.name).values()
    return Counter(wire.trusted("decision", value)["kind"] for value in newest)


def resolved(batches: Sequence[Sequence[Record]]) -> Runner:
    runner = Runner(resolve.stage(1))
    for batch in batches:
        runner(batch)
    return runner


def test_each_report_is_its_own_incident_and_keeps_its_name() -> None:
    first = resolved([enriched([published(report(number="1"), 0), published(report("b_so", "1"), 0)])])
    updated = resolved([enriched([published(report(number="1", version=2), 5)])])

    assert len(incidents(first)) == 2
    assert set(incidents(updated)) < set(incidents(first))


def test_an_older_version_after_a_newer_is_superseded() -> None:
    runner = resolved([enriched([published(report(version=2), 0)]), enriched([published(report(version=1), 1)])])

    assert members(runner) == {"a_pd:1": (2, 0, False)}
    assert fates(runner) == {"SUPERSEDED": 1}


def test_the_same_version_again_is_repeated_and_changes_nothing() -> None:
    runner = resolved([enriched([published(report(), 0)])])
    before = dict(runner.state.values)
    result = runner(enriched([published(report(event_id="another"), 1)]))

    assert runner.state.values == before
    assert [output.topic for output in result.outputs] == [DECISIONS.name]
    assert fates(runner) == {"REPEATED": 1}


def test_a_record_delivered_again_is_not_a_repeat() -> None:
    """Intake is at least once: the same published record may come to resolve any number of times."""
    batch = enriched([published(report(), 0), published(report(version=2), 1)])
    runner = resolved([batch, batch, batch])

    assert members(runner) == {"a_pd:1": (2, 1, False)}
    assert fates(runner) == {"SUPERSEDED": 1}


def test_of_two_contents_under_one_version_the_greater_hash_stands() -> None:
    one, two = (published(report(priority=priority), offset) for offset, priority in enumerate((1, 2)))

    standing = [members(resolved([enriched([x]), enriched([y])])) for x, y in ((one, two), (two, one))]

    assert standing[0] == standing[1]
    assert fates(resolved([enriched([one, two])])) == {"CONFLICTING": 1}


def test_an_incident_whose_only_report_is_cancelled_is_cancelled() -> None:
    runner = resolved([enriched([published(report(), 0), published(report(version=2, status="CANCELLED"), 1)])])

    assert [incident["state"] for incident in incidents(runner).values()] == ["CANCELLED"]


REPORTS = st.lists(
    st.builds(
        report,
        agency=st.sampled_from(["a_pd", "b_so"]),
        number=st.sampled_from(["1", "2"]),
        version=st.integers(1, 3),
        priority=st.integers(1, 2),
        status=st.sampled_from(["ACTIVE", "CANCELLED"]),
    ),
    min_size=1,
    max_size=12,
)


def split(records: list[Record], cuts: list[int]) -> list[list[Record]]:
    edges = [0, *sorted(cut % (len(records) + 1) for cut in cuts), len(records)]
    return [records[a:b] for a, b in pairwise(edges) if a < b]


def content(runner: Runner) -> dict[str, Any]:
    """The incidents without what the order of arrival may change: revision and which equal copy was kept."""
    return {
        name: [(m["report_id"], m["version"], m["content_sha256"], m["cancelled"]) for m in incident["members"]]
        for name, incident in incidents(runner).items()
    }


@settings(max_examples=150, deadline=None)
@given(REPORTS, st.randoms(use_true_random=False), st.lists(st.integers(0, 20), max_size=4))
def test_the_order_of_arrival_and_the_batches_do_not_matter(made: list[Any], random: Any, cuts: list[int]) -> None:
    records = enriched([published(one, offset) for offset, one in enumerate(made)])
    shuffled = list(records)
    random.shuffle(shuffled)

    assert content(resolved([records])) == content(resolved(split(shuffled, cuts)))


@settings(max_examples=150, deadline=None)
@given(REPORTS, st.lists(st.integers(0, 11), max_size=8), st.lists(st.integers(0, 20), max_size=4))
def test_every_published_record_counts_once_however_often_it_is_delivered(
    made: list[Any], again: list[int], cuts: list[int]
) -> None:
    """published = current + superseded + repeated, with any records delivered again at the end."""
    records = enriched([published(one, offset) for offset, one in enumerate(made)])
    runner = resolved([*split(records, cuts), [records[at % len(records)] for at in again]])

    assert len(made) == len(members(runner)) + fates(runner).total()


@settings(max_examples=100, deadline=None)
@given(REPORTS, st.lists(st.integers(0, 20), max_size=4))
def test_the_state_read_back_from_its_topic_is_the_state(made: list[Any], cuts: list[int]) -> None:
    runner = resolved(split(enriched([published(one, offset) for offset, one in enumerate(made)]), cuts))

    assert runner.rebuilt() == runner.state.values


def test_what_cannot_be_read_is_refused_alone() -> None:
    good = enriched([published(report(), 0)])
    bad = Record(ENRICHED_REPORTS.name, 0, 9, NOW, b"k", b"rubbish")

    result = Runner(resolve.stage(1))([bad, *good])

    assert [refusal.cause for refusal in result.refusals] == [0]
    assert [output.cause for output in result.outputs] == [1]
    assert resolve.trace(bad) == ("", None)
    assert resolve.trace(good[0])[0] == "a_pd"
