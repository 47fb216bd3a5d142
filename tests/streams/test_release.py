"""Each audience gets what is released to it, under ids that reveal nothing and redirect forever."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.identity import INTERNAL, incident_id
from schemas.records import codec
from schemas.records.incident import TOMBSTONE_STATES
from schemas.records.kafka_record import Record
from schemas.topics import RELEASED_INCIDENTS
from streams import release
from streams.release import reports_by_owner
from streams.sharing import view_state
from streams.sharing.notices import no_notices
from streams.sharing.ports import OwnReports
from streams.sharing.view_builder import ViewBuilder
from streams.sharing.visible import Report
from tests.streams.fakes import MemoryState, Runner
from tests.streams.worlds import REPORTS, World, cut, decision, member, record, steps, transaction, worlds

MASTER = b"m" * 32
NAMES = ViewBuilder(MASTER, 1, reports_by_owner, release.nothing_shared, frozenset(), no_notices)


def views(runner: Runner) -> dict[str, dict[str, Any]]:
    newest = runner.newest(RELEASED_INCIDENTS.name)
    return {key.decode(): codec.decode_trusted("released_incident", value) for key, value in newest.items()}


def living(runner: Runner) -> dict[str, bytes]:
    return {key: view["document"] for key, view in views(runner).items() if view["state"] not in TOMBSTONE_STATES}


def view_of(runner: Runner, audience: str, report_id: str) -> dict[str, Any]:
    """The view that is named after a report."""
    return views(runner)[view_state.key_of(audience, NAMES.view_id(audience, report_id))]


def shown(runner: Runner, audience: str, report_id: str) -> tuple[str, int, list[str]]:
    """State, revision and reports of the view that is named after a report."""
    view = view_of(runner, audience, report_id)
    return view["state"], view["revision"], orjson.loads(view["document"]).get("report_ids", [])


def released(*batches: Sequence[Record], own: OwnReports = reports_by_owner) -> Runner:
    runner = Runner(release.stage(MASTER, 1, own))
    for batch in batches:
        runner(batch)
    return runner


def world(*groups: str, decisions: Sequence[Any] = ()) -> World:
    """Reports in groups of SAME: `world("a_pd:1 b_so:2", "c_mx:3")`."""
    names = [group.split() for group in groups]
    pairs = [decision(left, right) for each in names for left in each for right in each if left < right]
    return World({name: {} for each in names for name in each}, [*pairs, *decisions])


def test_internal_sees_all_and_an_agency_its_own_report_and_nothing_of_others() -> None:
    runner = released(*steps([world("a_pd:1 b_so:2")]))

    assert shown(runner, INTERNAL, "a_pd:1") == ("ACTIVE", 1, ["a_pd:1", "b_so:2"])
    assert shown(runner, "a_pd", "a_pd:1") == ("ACTIVE", 1, ["a_pd:1"])
    assert shown(runner, "b_so", "b_so:2") == ("ACTIVE", 1, ["b_so:2"])
    assert len(views(runner)) == 3
    assert b"b_so" not in view_of(runner, "a_pd", "a_pd:1")["document"]


def test_no_audience_can_tell_from_a_name_what_another_one_sees() -> None:
    names = [view["view_id"] for view in views(released(*steps([world("a_pd:1 b_so:2")]))).values()]

    assert len(set(names)) == 3
    assert sorted(name[0] for name in names) == ["i", "v", "v"]
    assert incident_id(["b_so:2"]) not in names


def test_each_audience_clusters_what_it_sees() -> None:
    """Two reports of one agency that only another's report joins are one for internal and two for the agency."""
    pairs = [decision("a_pd:1", "b_so:2", 9.0), decision("a_pd:3", "b_so:2", 9.0)]
    runner = released(*steps([World({"a_pd:1": {}, "b_so:2": {}, "a_pd:3": {}}, pairs)]))

    assert shown(runner, INTERNAL, "a_pd:1")[2] == ["a_pd:1", "a_pd:3", "b_so:2"]
    assert shown(runner, "a_pd", "a_pd:1")[2] == ["a_pd:1"]
    assert shown(runner, "a_pd", "a_pd:3")[2] == ["a_pd:3"]


def test_a_component_may_hold_several_incidents() -> None:
    pairs = [decision("a_pd:1", "b_so:2", 3.0), decision("b_so:2", "c_mx:3", 2.0), decision("a_pd:1", "c_mx:3", -20.0)]
    runner = released(*steps([World({"a_pd:1": {}, "b_so:2": {}, "c_mx:3": {}}, pairs)]))

    assert shown(runner, INTERNAL, "a_pd:1") == ("ACTIVE", 1, ["a_pd:1", "b_so:2"])
    assert shown(runner, INTERNAL, "c_mx:3") == ("ACTIVE", 1, ["c_mx:3"])
    assert view_of(runner, INTERNAL, "c_mx:3")["incident_id"] == incident_id(["a_pd:1"])


def test_reports_of_different_traffic_never_meet() -> None:
    """Resolve never connects them; a record that does must not mix them all the same."""
    members = [member("a_pd:1"), member("a_pd:2", traffic="EXERCISE"), member("a_pd:3", traffic="EXERCISE")]
    pairs = [decision("a_pd:1", "a_pd:2", 20.0), decision("a_pd:1", "a_pd:3", 20.0), decision("a_pd:2", "a_pd:3")]
    runner = released([record(members, pairs)])

    for audience in (INTERNAL, "a_pd"):
        assert shown(runner, audience, "a_pd:1")[2] == ["a_pd:1"]
        assert shown(runner, audience, "a_pd:2")[2] == ["a_pd:2", "a_pd:3"]
        assert b"a_pd:2" not in view_of(runner, audience, "a_pd:1")["document"]


def test_a_version_rises_only_when_the_views_own_bytes_change() -> None:
    one = [record([member("a_pd:1"), member("b_so:2")], [decision("a_pd:1", "b_so:2")])]
    runner = released(one, one)
    assert {view["revision"] for view in views(runner).values()} == {1}

    runner([record([member("a_pd:1"), member("b_so:2", version=2)], [decision("a_pd:1", "b_so:2")])])

    assert shown(runner, INTERNAL, "a_pd:1")[1] == 2
    assert shown(runner, "b_so", "b_so:2")[1] == 2
    assert shown(runner, "a_pd", "a_pd:1")[1] == 1


def test_nothing_is_written_when_nothing_changed() -> None:
    one = steps([world("a_pd:1 b_so:2", "a_pd:3")])[0]
    runner = released(one)

    assert runner(one).outputs == []


def test_a_view_whose_report_is_gone_is_a_stub_and_comes_back_newer() -> None:
    both, without = world("a_pd:1 b_so:2"), world("a_pd:1")
    runner = released(*steps([both, without]))
    stub = view_of(runner, "b_so", "b_so:2")
    assert (stub["state"], stub["revision"], orjson.loads(stub["document"])) == ("WITHDRAWN", 2, {"state": "WITHDRAWN"})

    runner(transaction(without, both))

    assert shown(runner, "b_so", "b_so:2") == ("ACTIVE", 3, ["b_so:2"])


def test_an_incident_that_is_withdrawn_takes_its_views_with_it() -> None:
    runner = released(*steps([world("a_pd:1 b_so:2"), World({})]))

    assert {view["state"] for view in views(runner).values()} == {"WITHDRAWN"}


MERGES = {
    "merge": (world("a_pd:1", "b_so:2"), world("a_pd:1 b_so:2")),
    "three": (world("a_pd:1", "b_so:2", "c_mx:3"), world("a_pd:1 b_so:2 c_mx:3")),
    "split": (world("a_pd:1 b_so:2"), world("a_pd:1", "b_so:2")),
    "swap": (world("a_pd:1 c_mx:3", "b_so:2 d_pd:4"), world("a_pd:1 d_pd:4", "b_so:2 c_mx:3")),
    "smaller": (world("b_so:2 c_mx:3"), world("a_pd:1 b_so:2 c_mx:3")),
    "rename": (world("a_pd:1 b_so:2 c_mx:3", "d_pd:4"), world("a_pd:1 d_pd:4", "b_so:2 c_mx:3")),
}


@pytest.mark.parametrize("name", MERGES)
def test_a_change_is_the_same_however_its_records_are_ordered_and_cut(name: str) -> None:
    """A view is the audience's: no record of the change may end what another of them shows."""
    before, after = MERGES[name]
    first, second = steps([before, after])
    expected = living(released(transaction(World({}), after)))
    found = []
    for order in map(list, permutations(second)):
        for batches in ([order], [[one] for one in order], [order[:1], order[1:]]):
            runner = released(first, *batches)
            assert living(runner) == expected
            found.append({key: {**view, "incident_id": ""} for key, view in views(runner).items()})
        for place in range(len(order)):
            assert living(released([*first, *order[:place]], order[place:])) == expected

    assert all(one == found[0] for one in found)


def test_a_former_name_leads_to_where_its_report_is_now() -> None:
    history = [world("a_pd:1", "b_so:2", "c_mx:3"), world("a_pd:1", "b_so:2 c_mx:3"), world("a_pd:1 b_so:2 c_mx:3")]
    runner = released(*steps(history))

    for name in ("b_so:2", "c_mx:3"):
        stub = view_of(runner, INTERNAL, name)
        assert (stub["state"], stub["into"]) == ("MERGED", incident_id(["a_pd:1"]))
        assert orjson.loads(stub["document"]) == {"state": "MERGED", "into": stub["into"]}

    runner(transaction(history[2], history[1]))

    assert shown(runner, INTERNAL, "b_so:2") == ("ACTIVE", 4, ["b_so:2", "c_mx:3"])
    assert view_of(runner, INTERNAL, "c_mx:3")["into"] == incident_id(["b_so:2"])


def test_a_name_that_nobody_ever_saw_leads_nowhere() -> None:
    assert len(views(released(*steps([world("a_pd:1 b_so:2")])))) == 3


def test_a_report_that_left_and_arrived_in_one_batch_with_older_words_has_one_home() -> None:
    """The writing without it of the incident that it left may be in a batch to come."""
    history = [world("a_pd:1 b_so:2 c_mx:3"), world("a_pd:1 c_mx:3", "b_so:2"), world("a_pd:1", "b_so:2 c_mx:3")]
    first, second, (left, joined) = steps(history)
    for early, late in ((left, joined), (joined, left)):
        runner = released(first, [*second, early], [late])

        assert living(runner) == living(released(transaction(World({}), history[-1])))


def test_a_view_whose_report_is_on_its_way_is_not_touched() -> None:
    """It came and left within one batch; that it left its first incident was in the batch before."""
    history = [
        world("a_pd:1 x_pd:9", "b_so:2", "c_mx:3"),
        world("a_pd:1", "b_so:2 x_pd:9", "c_mx:3"),
        World(
            {**world("a_pd:1", "b_so:2", "c_mx:3 x_pd:9").reports, "a_pd:1": {"version": 2}},
            [decision("c_mx:3", "x_pd:9")],
        ),
    ]
    names = [incident_id([one]).encode() for one in ("a_pd:1", "b_so:2", "c_mx:3")]
    first, second, third = steps(history)
    earlier, later = ({one.key: one for one in step} for step in (second, third))
    runner = released(first, [earlier[names[0]]], [earlier[names[1]], later[names[0]], later[names[1]]])
    assert shown(runner, "x_pd", "x_pd:9") == ("ACTIVE", 1, ["x_pd:9"])

    runner([later[names[2]]])

    assert shown(runner, "x_pd", "x_pd:9") == ("ACTIVE", 1, ["x_pd:9"])
    assert view_of(runner, "x_pd", "x_pd:9")["incident_id"] == incident_id(["c_mx:3"])


def test_a_report_that_left_came_back_and_vanished_in_one_batch_is_withdrawn() -> None:
    first, *others = (
        world("a_pd:1 c_mx:3", "b_so:2"),
        world("a_pd:1", "b_so:2 c_mx:3"),
        world("a_pd:1 c_mx:3", "b_so:2"),
        world("a_pd:1", "b_so:2"),
    )
    before, *changes = steps([first, *others])
    runner = released(before, [one for change in changes for one in change])

    assert shown(runner, "c_mx", "c_mx:3")[0] == "WITHDRAWN"


def test_a_report_that_arrived_and_vanished_in_one_batch_is_withdrawn() -> None:
    first, second, (last,) = steps([world("a_pd:1", "b_so:2"), world("a_pd:1 b_so:2"), world("a_pd:1")])
    (stub,) = (one for one in second if one.key == incident_id(["b_so:2"]).encode())
    (joined,) = (one for one in second if one is not stub)
    runner = released(first, [stub])
    assert shown(runner, "b_so", "b_so:2") == ("ACTIVE", 1, ["b_so:2"])

    runner([joined, last])

    assert shown(runner, "b_so", "b_so:2")[0] == "WITHDRAWN"


def by_version(reports: Sequence[Report]) -> dict[str, list[Report]]:
    """Besides the usual audiences: one of two agencies, and one to which a new version may hide a report."""
    return reports_by_owner(reports) | {
        "two": [one for one in reports if one.agency_id in ("b_pd", "c_so")],
        "odd": [one for one in reports if one.fields["version"] % 2],
    }


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_report_that_moves_and_is_hidden_at_once_is_withdrawn(order: tuple[int, int]) -> None:
    links = [decision("b_pd:1", "b_pd:2", 3.0), decision("b_pd:2", "c_so:1", 2.0), decision("b_pd:1", "c_so:1", -20.0)]
    before = World({"b_pd:1": {}, "b_pd:2": {}, "c_so:1": {}}, links)
    after = World({"b_pd:1": {}, "b_pd:2": {}, "c_so:1": {"version": 2}}, links[:1])
    moving = transaction(before, after)
    runner = released(transaction(World({}), before), *[[moving[place]] for place in order], own=by_version)

    assert shown(runner, "odd", "c_so:1")[0] == "WITHDRAWN"
    assert shown(runner, "odd", "b_pd:1")[::2] == ("ACTIVE", ["b_pd:1", "b_pd:2"])
    assert shown(runner, "two", "c_so:1")[0] == "ACTIVE"


@st.composite
def cut_histories(draw: st.DrawFn) -> tuple[list[World], list[list[Record]]]:
    """Worlds, and the records of their changes: those of one change in any order, all in any batches."""
    history = draw(st.lists(worlds(), min_size=1, max_size=5))
    records = [one for step in steps(history) for one in (draw(st.permutations(step)) if step else [])]
    return history, cut(draw, records)


def check_stubs(runner: Runner, reports: Sequence[str]) -> None:
    """Each name that was ever given leads, in one step, to the view in which its report is, where it is in one."""
    found = views(runner)
    homes = {
        (view["audience"], report): view["view_id"]
        for view in found.values()
        if view["state"] not in TOMBSTONE_STATES
        for report in orjson.loads(view["document"])["report_ids"]
    }
    named = {
        (view["audience"], NAMES.view_id(view["audience"], one)): one for view in found.values() for one in reports
    }
    for view in found.values():
        home = homes.get((view["audience"], named[view["audience"], view["view_id"]]))
        if view["state"] in TOMBSTONE_STATES:
            assert (view["state"], view["into"]) == (("MERGED", home) if home else ("WITHDRAWN", None))
        else:
            assert home == view["view_id"]


@settings(max_examples=400)
@given(cut_histories())
def test_what_is_visible_depends_on_the_last_world_alone(given_: tuple[list[World], list[list[Record]]]) -> None:
    history, batches = given_
    runner = released(*batches, own=by_version)

    assert living(runner) == living(released(transaction(World({}), history[-1]), own=by_version))
    check_stubs(runner, REPORTS)


@settings(max_examples=100)
@given(cut_histories())
def test_the_state_read_back_from_its_topic_is_the_state(given_: tuple[list[World], list[list[Record]]]) -> None:
    runner = released(*given_[1], own=by_version)

    assert runner.rebuilt() == runner.state.values


@settings(max_examples=100)
@given(cut_histories(), worlds())
def test_after_compaction_the_state_read_back_says_the_same(
    given_: tuple[list[World], list[list[Record]]], after: World
) -> None:
    history, batches = given_
    runner = released(*batches, own=by_version)
    compacted = Runner(runner.stage)
    # The newest of each key, in the order in which these were written.
    written = runner.topics.get(RELEASED_INCIDENTS.name, [])
    last = {output.key: place for place, output in enumerate(written)}
    compacted.topics[RELEASED_INCIDENTS.name] = [written[place] for place in sorted(last.values())]
    compacted.state.values = compacted.rebuilt()
    change = transaction(history[-1], after)

    assert {(one.key, one.value) for one in compacted(change).outputs} == {
        (o.key, o.value) for o in runner(change).outputs
    }


def test_a_record_that_cannot_be_read_is_refused_alone() -> None:
    good = record([member("a_pd:1")])
    result = release.stage(MASTER, 1).process([good._replace(value=b"\x00"), good], MemoryState(), 0)

    assert [refusal.cause for refusal in result.refusals] == [0]
    assert {output.cause for output in result.outputs} == {1}
