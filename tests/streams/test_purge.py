"""A purged report is as if it had never come: in what resolve keeps, in what release shows, in every order."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import wire
from schemas.identity import incident_id
from schemas.topics import DECISIONS, INCIDENTS, PURGES, RELEASED_INCIDENTS
from streams import incident_record, intake, release
from streams.incidents import REPORT
from streams.stage import Record
from tests.streams.fakes import NOW, MemoryState, Runner, agencies, as_records, published, report
from tests.streams.test_release import MASTER, views
from tests.streams.test_release import living as shown
from tests.streams.test_resolve import (
    REPORTS,
    WORDS,
    at_hour,
    come,
    content,
    fates,
    groups,
    incidents,
    living,
    members,
    resolved,
    split,
    word,
)


def order(report_id: str, **what: bool) -> Record:
    """An order on a report as the stages read it; a purge unless told otherwise."""
    said = {
        "report_id": report_id,
        "held": False,
        "sealed": False,
        "purged": not what,
        "by": "x",
        "why": "y",
        "at": NOW,
    }
    return Record(PURGES.name, 0, 0, NOW, report_id.encode(), wire.encode("report_order", {**said, **what}))


def id_of(made: dict[str, Any]) -> str:
    return f"{made['agency']['agency_id']}:{made['local_incident_id']}"


def released(runner: Runner) -> Runner:
    """Release what resolve wrote, each record a batch of its own."""
    releasing = Runner(release.stage(MASTER, 1))
    for one in as_records(runner.topics.get(INCIDENTS.name, [])):
        releasing([one])
    return releasing


def test_of_three_reports_the_one_that_joined_the_others_is_purged() -> None:
    records = [*come(at_hour("a_pd", "1", 1), at_hour("b_so", "1", 1), at_hour("c_mx", "1", 1))]
    runner = resolved([records])
    assert groups(runner) == [["a_pd:1", "b_so:1", "c_mx:1"]]

    runner([order("a_pd:1")])
    assert groups(runner) == [["b_so:1", "c_mx:1"]]
    gone = incidents(runner)[incident_id(["a_pd:1"])]
    assert (gone["state"], gone["members"], gone["decisions"], gone["into"]) == ("PURGED", [], [], None)
    assert b"a_pd:1" not in b"".join(incident_record.write(one) for one in living(runner).values())


def test_two_that_only_a_purged_report_joined_are_two() -> None:
    runner = resolved([come(at_hour("a_pd", "1", 1), at_hour("b_so", "1", 9), at_hour("c_mx", "1", 17))])
    runner([word("a_pd:1", "b_so:1", "SAME"), word("a_pd:1", "c_mx:1", "SAME")])
    assert groups(runner) == [["a_pd:1", "b_so:1", "c_mx:1"]]

    runner([order("a_pd:1")])
    assert groups(runner) == [["b_so:1"], ["c_mx:1"]]


def test_a_report_that_is_purged_while_its_incident_is_merged_leaves_no_view() -> None:
    """The record that it was in becomes a redirect in the same batch: nobody takes the purged one over."""
    runner = resolved([come(at_hour("a_pd", "2", 5), at_hour("c_mx", "1", 5))])
    joining = [*come(at_hour("a_pd", "1", 100), first=5), word("a_pd:1", "a_pd:2", "SAME")]
    runner([*joining, order("c_mx:1")])

    assert groups(runner) == [["a_pd:1", "a_pd:2"]]
    assert incidents(runner)[incident_id(["a_pd:2"])]["departed"] == ["a_pd:2"]
    assert not [key for key in shown(released(runner)) if key.startswith("c_mx/")]


@pytest.mark.parametrize(
    "late", [report("a_pd"), report("a_pd", version=2), report("a_pd", version=2, status="CANCELLED")]
)
def test_whatever_comes_of_a_purged_report_is_counted_and_kept_nowhere(late: dict[str, Any]) -> None:
    runner = resolved([come(report("a_pd"))])
    runner([order("a_pd:1")])
    runner(come(late, first=7))

    assert living(runner) == {}
    kinds = Counter(wire.trusted("decision", one)["kind"] for one in runner.newest(DECISIONS.name).values())
    assert kinds == {"PURGED": 2}
    assert not list(runner.state.scan(REPORT))


def test_intake_lets_nothing_of_a_purged_report_through_and_all_of_the_others() -> None:
    stage = intake.stage(agencies, 1, {"a_pd:1"})
    given_ = [published(one, at) for at, one in enumerate((report("a_pd"), report("b_so"), report("a_pd", "2")))]
    result = stage.process(given_, MemoryState(), NOW)

    assert [(output.topic, output.cause) for output in result.outputs] == [
        (DECISIONS.name, 0),
        ("enriched-reports", 1),
        ("enriched-reports", 2),
    ]
    told = wire.trusted("decision", result.outputs[0].value)
    assert (told["kind"], told["report_id"], told["decision_id"]) == ("PURGED", "a_pd:1", "incident-reports.a_pd/0/0")


def test_a_hold_or_a_seal_changes_nothing_of_what_is_kept() -> None:
    runner = resolved([come(report("a_pd"))])
    before = dict(runner.state.values)
    for what in ("held", "sealed"):
        assert not runner([order("a_pd:1", **{what: True})]).outputs

    assert runner.state.values == before


PURGED = st.lists(st.sampled_from(["a_pd:1", "a_pd:2", "b_so:1", "c_mx:1"]), max_size=3, unique=True)


@settings(max_examples=300)
@given(REPORTS, WORDS, PURGED, st.permutations(range(18)), st.lists(st.integers(0, 20), max_size=6))
def test_a_purged_report_is_as_if_it_had_never_come(
    made: list[Any], said: list[Any], purged: list[str], at: list[int], cuts: list[int]
) -> None:
    words = [word(left, right, verdict) for (left, right), verdict in said]
    reports = come(*made)
    records = [*reports, *words, *map(order, purged)]
    runner = resolved(split([records[one] for one in at if one < len(records)], cuts))
    others = [record for record, one in zip(reports, made, strict=True) if id_of(one) not in purged]
    without = resolved([[*others, *words]])

    assert content(runner) == content(without)
    assert runner.rebuilt() == runner.state.values
    assert not {REPORT + name.encode() for name in purged} & runner.state.values.keys()
    assert shown(released(runner)) == shown(released(without))
    newest = runner.newest(DECISIONS.name).values()
    erased = sum(wire.trusted("decision", one)["kind"] == "PURGED" for one in newest)
    assert len(made) == len(members(runner)) + fates(runner).total() + erased


def views_of(runner: Runner, sealed: Sequence[str]) -> dict[str, bytes]:
    releasing = Runner(release.stage(MASTER, 1, sealed=set(sealed)))
    releasing(as_records(runner.topics[INCIDENTS.name]))
    return shown(releasing)


def test_a_sealed_report_is_shown_to_internal_alone_and_leaves_no_trace_in_other_views() -> None:
    pair = (at_hour("a_pd", "1", 1), at_hour("b_so", "1", 1))
    runner = resolved([come(*pair)])
    before, sealed = views_of(runner, ()), views_of(runner, ["a_pd:1"])

    assert {key.split("/")[0] for key in before} == {"internal", "a_pd", "b_so"}
    assert sealed == {key: told for key, told in before.items() if not key.startswith("a_pd/")}


def test_a_seal_withdraws_what_was_shown_when_the_incident_is_looked_at_again() -> None:
    sealed: set[str] = set()
    runner, releasing = resolved([come(report("a_pd"))]), Runner(release.stage(MASTER, 1, sealed=sealed))
    records = as_records(runner.topics[INCIDENTS.name])
    releasing(records)
    sealed.add("a_pd:1")
    releasing(records)
    assert {key.split("/")[0]: one["state"] for key, one in views(releasing).items()} == {
        "internal": "ACTIVE",
        "a_pd": "WITHDRAWN",
    }

    sealed.clear()
    releasing(records)
    assert {one["state"] for one in views(releasing).values()} == {"ACTIVE"}
    assert releasing.newest(RELEASED_INCIDENTS.name)
