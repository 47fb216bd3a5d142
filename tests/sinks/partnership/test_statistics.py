"""A partnership's figures: incidents and not reports, no persons, no small cells, the same bytes each time."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.agreements import BUNDLED, Checkpoint
from schemas.agreements.model import Focus
from sinks.partnership.incident_counts import CountingTerms, InquiryTimes, is_counted, snapshot
from sinks.partnership.periods import period_named, span_of
from sinks.partnership.report_editions import draft
from sinks.partnership.statistics import markdown, rounded_totals
from sinks.partnership.statistics import statistics as statistics_of

DAY = 86_400_000
AT = 1_767_571_200_000
"""2026-01-05T00:00Z."""
ZONES = {one.time_zone for one in BUNDLED.values()}
NUMBERS = count(1)
COUNTRIES = {"a_pd": "USA", "b_so": "USA", "c_mx": "MEX"}


def many(number: int, *agencies: str, at: int = AT, **changes: Any) -> list[dict[str, Any]]:
    return [incident(*agencies, at=at, **changes) for _ in range(number)]


def incident(*agencies: str, at: int = AT, **changes: Any) -> dict[str, Any]:
    source_id = next(NUMBERS)
    reports = [
        {"report_id": f"{name}:{source_id}", "agency": name, "published_at": at + minutes * 60_000}
        for minutes, name in enumerate(agencies)
    ]
    told = {"state": "ACTIVE", "traffic": "ACTUAL", "occurred_at": at, "offense_family": ["HOMICIDE"]}
    return {**told, "agencies": sorted(agencies), "reports": reports, **changes}


def statistics(
    *documents: dict[str, Any],
    period: str = "2026-Q1",
    zone: str = "UTC",
    checkpoints: Sequence[Checkpoint] = (),
    focus: Focus | None = None,
    asked: list[InquiryTimes] | None = None,
) -> dict[str, Any]:
    """The statistics of the first report issued, for one audience."""
    terms = CountingTerms(COUNTRIES, checkpoints, {"x": focus} if focus else {})
    fresh = {}
    for month in period_named(period).months:
        first, last = span_of(period_named(month).since, period_named(month).until, zone)
        mine = None if asked is None else {"x": [ask for ask in asked if first <= ask[0] < last]}
        fresh[month] = snapshot({"x": [one for one in documents if is_counted(one, first, last)]}, terms, mine)
    return statistics_of(draft([], period_named(period), fresh), period, ["x"])["x"]


def test_an_incident_of_three_agencies_counts_once_in_each_table_and_never_as_three() -> None:
    told = statistics(*many(6, "a_pd", "b_so", "c_mx"))

    assert (told["incidents"], told["joined"], told["across_the_border"]) == (6, 6, 6)
    assert told["tables"]["agency"] == {"a_pd": 6, "b_so": 6, "c_mx": 6}
    assert told["tables"]["month"] == {"2026-01": 6}
    assert told["median_minutes_to_link"] == 1.0


@pytest.mark.parametrize("number", [1, 4])
def test_a_small_cell_is_not_told(number: int) -> None:
    told = statistics(*many(number, "a_pd", "b_so"))

    assert told["incidents"] is None
    assert told["tables"]["offense family"] == {"HOMICIDE": None}
    assert told["median_minutes_to_link"] is None
    assert "| HOMICIDE | suppressed |" in markdown("t", "p", {"x": told})
    assert (told["disagree_on_offense"], statistics(*many(5, "a_pd"))["incidents"]) == (0, 5)


def test_a_small_cell_cannot_be_had_by_subtracting_the_others_from_what_is_told() -> None:
    months = [incident("a_pd", at=AT + 31 * DAY * month) for month, many in enumerate((9, 3, 6)) for _ in range(many)]
    told = statistics(*months, *many(17, "a_pd", "b_so"), incident("b_so", "c_mx"))

    assert told["tables"]["month"] == {"2026-01": 27, "2026-02": None, "2026-03": None}
    assert (told["incidents"], told["joined"], told["across_the_border"]) == (36, 18, None)
    assert told["tables"]["agency"] == {"a_pd": None, "b_so": 18, "c_mx": None}, "what is not of a_pd is of c_mx"
    assert told["withheld"] == {"figures": 1, "month": 2, "agency": 2}


def test_how_often_two_agencies_told_of_one_incident_cannot_be_had_from_how_often_each_did() -> None:
    documents = many(27, "a_pd") + many(8, "b_so") + [incident("a_pd", "b_so")]
    told = statistics(*documents)

    assert (told["incidents"], told["joined"], told["tables"]["agency"]) == (36, None, {"a_pd": 28, "b_so": None})


def test_a_corridor_tells_no_small_month_and_a_figure_tells_no_small_rest_of_another() -> None:
    def seen(month: int, corridor: str, many: int, *agencies: str) -> list[dict[str, Any]]:
        return [incident(*agencies, at=AT + 31 * DAY * month, corridor=[corridor]) for _ in range(many)]

    told = statistics(
        *seen(0, "nogales", 8, "a_pd", "b_so"), *seen(1, "nogales", 2, "a_pd"), *seen(1, "yuma", 9, "a_pd")
    )
    rows = told["tables"]

    assert rows["corridor by month"] == {"nogales 2026-01": 8, "nogales 2026-02": None, "yuma 2026-02": None}
    assert (rows["month"], rows["corridor"]) == ({"2026-01": 8, "2026-02": 11}, {"nogales": None, "yuma": None})
    rest = statistics(*many(20, "a_pd", "b_so"), *many(2, "a_pd"))
    assert (rest["incidents"], rest["joined"]) == (22, None)


def test_only_actual_incidents_of_the_time_that_were_not_cancelled_count() -> None:
    others = [
        incident("a_pd", traffic="TEST"),
        incident("a_pd", state="CANCELLED"),
        incident("a_pd", at=AT - 5 * DAY),
        incident("a_pd", at=AT + 27 * DAY),
        {name: value for name, value in incident("a_pd").items() if name != "occurred_at"},
    ]
    assert statistics(*many(5, "a_pd"), *others, period="2026-01")["incidents"] == 5


@given(st.dates(date(2020, 1, 1), date(2039, 12, 31)), st.sampled_from(sorted({*ZONES, "America/Santiago", "UTC"})))
def test_what_occurred_late_on_the_last_of_a_month_counts_in_that_month(day: date, zone: str) -> None:
    last = period_named(day.isoformat()[:7]).until
    late = datetime(last.year, last.month, last.day, 23, 30, tzinfo=ZoneInfo(zone))
    at = int(late.timestamp() * 1000)
    month = last.isoformat()[:7]

    assert statistics(*many(5, "a_pd", at=at), period=month, zone=zone)["tables"]["month"] == {month: 5}
    assert statistics(*many(5, "a_pd", at=at + 1_800_000), period=month, zone=zone)["incidents"] == 0


def test_disagreements_and_relabelling_are_figures_of_their_own() -> None:
    lines = [{"version": 1, "offense_code": "SMUG"}, {"version": 2, "offense_code": "TRAF"}]
    same = [{"version": 1, "offense_code": "SMUG"}, {"version": 2, "offense_code": "SMUG"}]
    hidden = [{"version": 1}, {"version": 2, "offense_code": "SMUG"}]
    histories = {"a_pd:1": lines, "b_so:1": same, "b_so:2": hidden}
    told = statistics(*many(5, "a_pd", "b_so", disagree=["offense"], history=histories))

    assert (told["disagree_on_offense"], told["relabelled_reports"]) == (5, 5)


def test_best_stx_what_persons_said_of_what_the_model_joined_is_counted_once_a_pair() -> None:
    def word(number: int, verdict: str, weight: float, by: str = "liaison-1") -> dict[str, Any]:
        pair = {"left": f"a_pd:{number}", "right": f"b_so:{number}", "decided_by": by}
        return {**pair, "verdict": verdict, "weight": weight, "threshold": 6.0}

    words = [word(n, "SAME", 7.0) for n in range(5)] + [word(n, "NOT_SAME", 7.0) for n in range(5, 8)]
    words += [word(n, "SAME", 3.0) for n in range(8, 11)] + [word(11, "SAME", 9.0, "model")]
    both = [{"report_id": f"{name}:{n}", "agency": name, "published_at": AT} for n in range(12) for name in COUNTRIES]
    two = [incident("a_pd", decisions=words, reports=both), incident("b_so", decisions=words)]

    told = statistics(*two)
    judged = ("judged_by_persons", "of_these_joined_by_the_model", "of_these_rightly")
    assert [told[name] for name in judged] == [11, 8, 5]
    hidden = [{**one, "withheld": ["persons"]} for one in both]
    assert statistics(incident("a_pd", decisions=words, reports=hidden))["judged_by_persons"] == 0


def test_cit_incidents_of_the_agreements_focus_are_a_figure_of_their_own() -> None:
    team = BUNDLED["cit"].audiences[0]
    others = many(5, "a_pd", offense_family=["KIDNAPPING"])
    told = statistics(*many(6, "a_pd"), *others, focus=BUNDLED["cit"].focus(team))

    assert (told["incidents"], told["in_focus"]) == (11, 6)


def test_the_figure_of_the_focus_tells_no_small_family() -> None:
    focus = Focus(frozenset({"HOMICIDE", "TRAFFICKING"}), frozenset())
    many = {"HOMICIDE": 24, "TRAFFICKING": 2, "ASSAULT": 30, "ARSON": 4}
    documents = [incident("a_pd", offense_family=[family]) for family, number in many.items() for _ in range(number)]
    told = statistics(*documents, focus=focus)

    families = {"ARSON": None, "ASSAULT": 30, "HOMICIDE": None, "TRAFFICKING": None}
    assert (told["incidents"], told["in_focus"], told["tables"]["offense family"]) == (60, None, families), (
        "what is left tells ARSON"
    )


def test_nothing_of_a_person_or_a_report_is_told_and_the_order_does_not_matter() -> None:
    told = [{**one, "persons": [{"name": "ana"}]} for one in incident("a_pd")["reports"]]
    documents = many(5, "a_pd", text="ana", reports=told) + many(5, "b_so", "c_mx")
    text = markdown("t", "p", {"x": statistics(*documents)})

    assert text == markdown("t", "p", {"x": statistics(*reversed(documents))})
    assert "ana" not in text
    assert ":1" not in text


def test_a_roving_checkpoint_counts_what_occurred_near_it_while_it_stood_and_a_shift_of_the_traffic_shows() -> None:
    roving = Checkpoint("roving-1", 31.36, -110.93, AT, AT + DAY, "5.2")
    near, far = {"lat": 31.40, "lon": -110.95}, {"lat": 31.36, "lon": -113.0}
    before = many(7, "a_pd", at=AT - 1, location=near, corridor=["nogales"])
    meanwhile = many(5, "a_pd", location=near, corridor=["nogales"])
    displaced = many(6, "a_pd", location=far, corridor=["lukeville"])
    after = many(5, "a_pd", at=AT + DAY, location=near, corridor=["nogales"])
    nowhere = many(5, "a_pd")

    documents = [*before, *meanwhile, *displaced, *after, *nowhere]
    tables = statistics(*documents, checkpoints=[roving])["tables"]
    assert tables["near a checkpoint while it stood"] == {"roving-1": 5}
    assert tables["corridor by month"] == {"lukeville 2026-01": 6, "nogales 2026-01": 17}


def test_actt_a_decrease_in_rockings_shows_in_incidents_and_not_in_how_many_agencies_told_of_each() -> None:
    rocks = [incident("a_pd", "b_so", offense=["ROCK_THROWING"]) for _ in range(9)]
    later = [incident("a_pd", "b_so", "c_mx", at=AT + 31 * DAY, offense=["ROCK_THROWING"]) for _ in range(5)]

    told = statistics(*rocks, *later)["tables"]["offense by month"]
    assert told == {"ROCK_THROWING 2026-01": 9, "ROCK_THROWING 2026-02": 5}


def test_requests_to_a_support_center_are_told_where_an_agreement_has_them() -> None:
    asked: list[InquiryTimes] = [(AT, AT + minutes * 60_000) for minutes in (2, 4, 9, 30, 31)] + [(AT, None)] * 6
    told = statistics(asked=asked)

    assert (told["lookups_asked"], told["lookups_answered"], told["median_minutes_to_answer"]) == (11, 5, 9.0)
    assert "lookups_asked" not in statistics(incident("a_pd"))


def test_any_other_time_has_totals_of_20_and_more_in_steps_of_20_and_nothing_else() -> None:
    def told(*documents: dict[str, Any]) -> dict[str, Any]:
        patterns = snapshot({"x": documents}, CountingTerms(COUNTRIES)).patterns
        return rounded_totals(patterns, ["x", "y"], inquiries=False)["x"]

    counts = [told(*many(number, "a_pd")) for number in (0, 4, 19, 20, 39, 40)]
    assert [one["incidents"] for one in counts] == [None, None, None, 20, 20, 40]
    assert all(not any(table.values()) for one in counts for table in [one["tables"]])
    assert told(*many(25, "a_pd", "b_so"))["joined"] == 20
    assert "median_minutes_to_link" not in counts[0]


def test_a_median_of_what_is_not_told_is_not_told_either() -> None:
    """That there are five minutes for it would say that the number of linked incidents is not a small one."""
    told = statistics(*many(20, "a_pd", "b_so"), *many(2, "a_pd"))

    assert (told["joined"], told["median_minutes_to_link"]) == (None, None)
