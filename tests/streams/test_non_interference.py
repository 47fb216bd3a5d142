"""What an audience may not see leaves no trace in what it sees: names, bytes and versions are as if it never was."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import Rejected
from schemas.records.kafka_record import Record
from schemas.topics import RELEASED_INCIDENTS
from streams.incidents import incident_record
from streams.release import reports_by_owner
from streams.sharing.visible import Report
from tests.streams.fakes import Runner
from tests.streams.test_release import released, views
from tests.streams.worlds import EMPTY, World, cut, decision, steps, transaction, worlds

HIDDEN = ("a_mx:1", "m_mx:1", "z_mx:1")
"""Before, between and after those that are seen, in the order of their ids."""
SEEN = ("b_pd:1", "b_pd:2", "c_so:1", "n_so:1")


def sees(reports: Sequence[Report]) -> dict[str, list[Report]]:
    """The usual audiences, and one that sees several agencies and nothing of Mexico."""
    return reports_by_owner(reports) | {"us": [one for one in reports if not one.agency_id.endswith("_mx")]}


def told(runner: Runner, audience: str = "us") -> dict[str, dict[str, Any]]:
    """What an audience gets: all but the incident behind it, which is bookkeeping of release and never indexed."""
    return {key: {**view, "incident_id": ""} for key, view in views(runner).items() if view["audience"] == audience}


def same_with_and_without(*history: World) -> bool:
    without = [world.without(HIDDEN) for world in history]
    return told(released(*steps(history), own=sees)) == told(released(*steps(without), own=sees))


def test_two_reports_that_a_hidden_one_joins_are_two() -> None:
    links = [decision("b_pd:1", "m_mx:1", 9.0), decision("c_so:1", "m_mx:1", 9.0), decision("b_pd:1", "c_so:1", -1.0)]
    bridge = World({"b_pd:1": {}, "c_so:1": {}, "m_mx:1": {}}, links)
    runner = released(*steps([bridge]), own=sees)

    assert len(told(runner)) == 2
    assert len({view["incident_id"] for view in views(runner).values()}) == 1
    assert same_with_and_without(bridge)


def test_a_doubt_that_only_a_hidden_report_brought_up_is_not_told() -> None:
    """Resolve decides on every pair of a component, and a hidden report may have made it one."""
    links = [decision("b_pd:1", "a_mx:1"), decision("c_so:1", "a_mx:1"), decision("b_pd:1", "c_so:1", -1.0)]
    runner = released(*steps([World({"b_pd:1": {}, "c_so:1": {}, "a_mx:1": {}}, links)]), own=sees)

    assert all(b"decisions" not in view["document"] for view in told(runner).values())


def test_a_hidden_report_that_comes_and_goes_changes_no_version() -> None:
    seen = World({"b_pd:1": {}, "c_so:1": {}}, [decision("b_pd:1", "c_so:1")])
    links = [*seen.decisions, decision("a_mx:1", "b_pd:1"), decision("c_so:1", "z_mx:1")]
    beside = World({**seen.reports, "a_mx:1": {}, "z_mx:1": {}}, links)
    runner = released(*steps([seen, beside, seen, beside]), own=sees)

    assert {view["revision"] for view in told(runner).values()} == {1}
    assert same_with_and_without(seen, beside, seen, beside)


def test_the_order_in_which_views_are_written_is_not_that_of_hidden_incidents() -> None:
    """An index tells in which order its documents came: an incident is written where its smallest report puts it."""
    links = [decision("a_mx:1", "n_so:1"), decision("b_pd:1", "b_pd:2", -9.0)]
    beside = World({"a_mx:1": {}, "b_pd:1": {}, "b_pd:2": {}, "c_so:1": {}, "n_so:1": {}}, links)

    def order(world: World) -> list[bytes]:
        (batch,) = steps([world])
        written = released(sorted(batch, key=_smallest), own=sees).topics[RELEASED_INCIDENTS.name]
        return [one.key for one in written if one.decoded.audience == "us"]

    assert order(beside) == order(beside.without(HIDDEN))


def _smallest(record: Record) -> str:
    found = incident_record.read(record.value)
    assert not isinstance(found, Rejected)
    return str(found["members"][0]["report_id"])


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[list[Record]], list[list[Record]]]:
    """The batches of a history with and without the hidden reports; none holds records of two changes.

    A batch that holds two changes writes one version for both, so that a version tells how batches were cut.
    """
    history = draw(st.lists(worlds(HIDDEN + SEEN), min_size=1, max_size=5))
    cuts: list[list[list[Record]]] = []
    for one in (history, [world.without(HIDDEN) for world in history]):
        shuffled = [list(draw(st.permutations(step))) for step in steps(one) if step]
        cuts.append([batch for step in shuffled for batch in cut(draw, step)])
    return cuts[0], cuts[1]


@settings(max_examples=300)
@given(histories())
def test_hidden_reports_leave_no_trace(given_: tuple[list[list[Record]], list[list[Record]]]) -> None:
    beside, without = given_

    assert told(released(*beside, own=sees)) == told(released(*without, own=sees))


@settings(max_examples=100)
@given(worlds(HIDDEN + SEEN))
def test_an_agency_sees_what_it_would_see_alone(world: World) -> None:
    others = [name for name in world.reports if not name.startswith("b_pd:")]
    alone = world.without(others)

    assert told(released(transaction(EMPTY, world)), "b_pd") == told(released(transaction(EMPTY, alone)), "b_pd")
