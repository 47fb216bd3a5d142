"""A purged report is as if it had never come: in what resolve keeps, in what release shows, in every order."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.agreements.report_orders import ORDER_KINDS, ReportOrderRegister, order_key, report_order
from schemas.identity import incident_id
from schemas.records import codec
from schemas.records.kafka_record import Record
from schemas.records.order import OrderKind, ReportOrder
from schemas.topics import DECISIONS, INCIDENTS, PURGES, RELEASED_INCIDENTS
from streams import intake, release, resolve
from streams.incidents import incident_record
from streams.incidents.batch import REPORT
from tests.schemas.agreements.test_report_orders import first_version
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


def order(report_id: str, kind: OrderKind = "PURGE", ordered: bool = True, offset: int = 0) -> Record:
    """An order on a report as the stages read it; a purge unless told otherwise."""
    made = report_order(kind, report_id, "x", "y", NOW, ordered)
    return Record(PURGES.name, 0, offset, NOW, order_key(made), codec.encode("report_order", made))


def effects(runner: Runner) -> list[ReportOrder]:
    """The purges of which resolve wrote down that they took effect."""
    return [
        cast(ReportOrder, codec.decode_trusted("report_order", one.value)) for one in runner.topics.get(PURGES.name, [])
    ]


def echo(runner: Runner, first: int) -> list[Record]:
    """What resolve wrote about orders, as it comes back to it at offsets from `first` on."""
    found = runner.topics.pop(PURGES.name, [])
    return [Record(PURGES.name, 0, at, NOW, one.key, one.value) for at, one in enumerate(found, first)]


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
    kinds = Counter(codec.decode_trusted("decision", one)["kind"] for one in runner.newest(DECISIONS.name).values())
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
    told = codec.decode_trusted("decision", result.outputs[0].value)
    assert (told["kind"], told["report_id"], told["decision_id"]) == ("PURGED", "a_pd:1", "incident-reports.a_pd/0/0")


def test_a_hold_or_a_seal_changes_nothing_of_what_is_kept() -> None:
    runner = resolved([come(report("a_pd"))])
    before = dict(runner.state.values)
    for kind in ORDER_KINDS[:2]:
        assert not runner([order("a_pd:1", kind)]).outputs

    assert runner.state.values == before


def test_a_purge_waits_under_a_hold_and_takes_effect_when_that_is_lifted() -> None:
    runner = resolved([come(report("a_pd"))])
    runner([order("a_pd:1", "HOLD"), order("a_pd:1", offset=1)])
    runner(come(report("a_pd", version=2), first=7))
    assert (groups(runner), effects(runner)) == ([["a_pd:1"]], [])

    runner([order("a_pd:1", "HOLD", ordered=False, offset=2)])
    assert groups(runner) == []
    (effect,) = effects(runner)
    assert (effect["kind"], effect["by"], effect["at"], effect["effective_at"]) == ("PURGE", "x", NOW, NOW)


def test_a_purge_that_is_taken_back_while_it_waits_erases_nothing() -> None:
    runner = resolved([come(report("a_pd"))])
    runner([order("a_pd:1", "HOLD"), order("a_pd:1", offset=1), order("a_pd:1", ordered=False, offset=2)])
    runner([order("a_pd:1", "HOLD", ordered=False, offset=3)])

    assert (groups(runner), effects(runner)) == ([["a_pd:1"]], [])


def test_a_purge_over_which_a_hold_was_written_before_the_stage_read_either_waits() -> None:
    """What was read ahead counts: the clerk who ordered the hold was told that the purge waits."""
    custody = ReportOrderRegister()
    runner = Runner(resolve.stage(1, report_orders=custody))
    runner(come(report("a_pd")))
    records = [order("a_pd:1"), order("a_pd:1", "HOLD", offset=1)]
    for record in records:
        custody.apply_record(record.key, record.value, record.offset)
    for record in records:
        runner([record])

    assert (groups(runner), effects(runner)) == ([["a_pd:1"]], [])


def test_the_echo_of_an_effect_changes_nothing_and_a_later_hold_comes_too_late() -> None:
    runner = resolved([come(report("a_pd"))])
    runner([order("a_pd:1")])
    before = dict(runner.state.values)
    for records in (echo(runner, 1), [order("a_pd:1", "HOLD", offset=2)], come(report("a_pd", version=2), first=8)):
        runner(records)

    assert (groups(runner), effects(runner), runner.state.values) == ([], [], before)


def test_what_is_written_over_a_final_purge_is_written_over_again() -> None:
    runner = resolved([come(report("a_pd"))])
    runner([order("a_pd:1")])
    (effect,) = effects(runner)
    runner(echo(runner, 1))
    runner([order("a_pd:1", ordered=False, offset=2)])

    assert effects(runner) == [effect]


def test_a_lift_that_alone_is_left_after_compaction_brings_back_nothing_that_was_erased() -> None:
    runner = resolved([come(report("a_pd"))])
    runner([order("a_pd:1")])
    again = Runner(resolve.stage(1))
    again.state.change(runner.state.values)
    again([order("a_pd:1", ordered=False, offset=2)])
    assert [one["effective_at"] for one in effects(again)] == [NOW]
    again(come(report("a_pd", version=2), first=8))
    again(echo(again, 3))

    assert groups(again) == []


def test_a_purge_of_what_has_not_come_is_final_when_the_first_of_it_is_turned_away() -> None:
    runner = resolved([[order("a_pd:1")]])
    assert effects(runner) == []
    runner(come(report("a_pd"), report("a_pd", version=2)))
    assert [one["effective_at"] for one in effects(runner)] == [NOW]
    runner([*echo(runner, 1), order("a_pd:1", "HOLD", offset=2), *come(report("a_pd", version=3), first=9)])

    assert (groups(runner), effects(runner)) == ([], [])


def test_a_purge_of_version_1_takes_effect_under_the_key_of_its_kind() -> None:
    runner = resolved([come(report("a_pd"))])
    _, key, value = first_version(0, purged=True)
    runner([Record(PURGES.name, 0, 0, NOW, key, value)])

    assert groups(runner) == []
    assert [(one["kind"], one["effective_at"]) for one in effects(runner)] == [("PURGE", NOW)]


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
    erased = sum(codec.decode_trusted("decision", one)["kind"] == "PURGED" for one in newest)
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
