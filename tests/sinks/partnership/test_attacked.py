"""Who knows every report that was given out under an agreement works out no count of 1 to 4."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.records.audit import CouncilReport
from sinks.partnership.incident_counts import CountingTerms, snapshot
from sinks.partnership.periods import period_named
from sinks.partnership.report_editions import draft
from sinks.partnership.statistics import statistics
from tests.deploy.attacked import Given, Incidents, known
from tests.sinks.partnership.editions import issued

COUNTRIES = {"a_pd": "USA", "b_so": "USA", "c_mx": "MEX"}
AUDIENCES = ("us", "mx")
MONTHS = period_named("2026-Q1").months
BEGINS = {"2026-01": 1_767_571_200_000, "2026-02": 1_770_249_600_000, "2026-03": 1_772_668_800_000}
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)


def incident(event: str, month: str, agencies: Sequence[str] = ("a_pd",), **fields: Any) -> dict[str, Any]:
    at = BEGINS[month]
    reports = [
        {"report_id": f"{agency}:{event}", "agency": agency, "published_at": at + place * 60_000}
        for place, agency in enumerate(agencies)
    ]
    known_as = {"event": event, "state": "ACTIVE", "traffic": "ACTUAL", "occurred_at": at, "agencies": list(agencies)}
    return {**known_as, "reports": reports, **fields}


class Reports:
    """Reports of an agreement as they are given out one after the other."""

    def __init__(self) -> None:
        self.kept: list[CouncilReport] = []
        self.given: list[Given] = []
        self._counted: dict[int, Incidents] = {}

    def give(self, period: str, incidents: Incidents, again: bool = False) -> Mapping[str, Any]:
        """Give a report; months that were counted before are as they were then, unless they are counted `again`."""
        months = period_named(period).months
        counted = {month: number for one in self.kept for month, number in one["counted"].items()}
        fresh = {month: incidents[month] for month in months if again or month not in counted}
        made = draft(
            self.kept,
            period_named(period),
            {month: snapshot(views, CountingTerms(COUNTRIES)) for month, views in fresh.items()},
        )
        self._counted[made.number] = fresh
        told = statistics(made, period, AUDIENCES)
        seen = {month: self._counted[number][month] for month, number in made.counted.items()}
        self.kept.append(issued(period, made))
        self.given.append(Given({} if made.blank else told, seen))
        return told


def several(many: int, name: str, month: str = "2026-01", **fields: Any) -> list[dict[str, Any]]:
    return [incident(f"{name}-{number}", month, **fields) for number in range(many)]


def test_a_count_of_one_is_not_given_away_by_another_table() -> None:
    """36 incidents, 24 of them homicides and 11 with drugs: one is left."""
    homicides = several(24, "h", offense_family=["HOMICIDE"])
    drugs = several(11, "d", offense_family=["DRUGS"], commodities=["drugs"])
    seen = {"2026-01": {"us": [*homicides, *drugs, *several(1, "t", offense_family=["TRAFFICKING"])], "mx": []}}
    reports = Reports()
    told = reports.give("2026-01", seen)["us"]

    assert known(reports.given) == {}
    assert told["incidents"] == 36
    assert told["tables"]["offense family"]["TRAFFICKING"] is None
    naive = {**told, "tables": {**told["tables"]}}
    naive["tables"]["offense family"] = {"DRUGS": None, "HOMICIDE": 24, "TRAFFICKING": None}
    naive["tables"]["commodity"] = {"drugs": 11}
    assert "row" in known([Given({"us": naive}, seen)]), "the reader of such a report works it out"


def test_a_month_is_not_the_rest_of_its_quarter() -> None:
    seen = {
        month: {"us": several(many, month, month, offense_family=["HOMICIDE"]), "mx": []}
        for month, many in zip(MONTHS, (10, 12, 3), strict=True)
    }
    reports = Reports()
    for period in ("2026-01", "2026-02", "2026-Q1", "2026-03"):
        reports.give(period, seen)

    assert known(reports.given) == {}
    assert reports.given[0].told["us"]["incidents"] == 10
    assert reports.given[2].told["us"]["incidents"] is None, "10 and 12 were told: 25 would tell the 3"


def test_what_one_audience_sees_more_than_another_is_not_told_either() -> None:
    both = several(20, "b", offense_family=["ASSAULT"])
    alone = several(2, "a", offense_family=["ASSAULT"])
    reports = Reports()
    told = reports.give("2026-01", {"2026-01": {"us": [*both, *alone], "mx": both}})

    assert known(reports.given) == {}
    assert [told[name]["incidents"] for name in AUDIENCES].count(None) >= 1


def test_a_correction_does_not_tell_the_one_report_that_came_late() -> None:
    first = several(30, "h", offense_family=["HOMICIDE"])
    late, many = several(1, "late", offense_family=["HOMICIDE"]), several(9, "more", offense_family=["ASSAULT"])
    reports = Reports()
    reports.give("2026-01", {"2026-01": {"us": first, "mx": []}})
    told = reports.give("2026-01", {"2026-01": {"us": [*first, *late], "mx": []}}, again=True)
    assert told["us"]["incidents"] is None, "30 were told: 31 would tell of one that came late"
    more = reports.give("2026-01", {"2026-01": {"us": [*first, *late, *many], "mx": []}}, again=True)

    assert [one["edition"] for one in reports.kept] == [1, 2, 3]
    assert more["us"]["tables"]["offense family"]["HOMICIDE"] is None
    assert known(reports.given) == {}


def each(number: int, **fields: Any) -> list[dict[str, Any]]:
    """Some incidents, each of another kind: nobody can tell how many there are of any, but perhaps of all together."""
    kinds = ({**fields, "offense_family": ["THEFT"], "offense": [f"O{kind}"]} for kind in range(number))
    return [one for kind, told in enumerate(kinds) for one in several(1, f"e{kind}", **told)]


def test_what_is_small_only_together_is_not_told_either() -> None:
    """Three that are not of the corridor, that another audience does not see, that a correction has added."""
    kinds = {"O0": 30, "O1": 9, "O2": 9}
    theft: dict[str, Any] = {"offense_family": ["THEFT"], "corridor": ["yuma"]}
    some = [one for offense, many in kinds.items() for one in several(many, offense, offense=[offense], **theft)]
    outside, inside = each(3), each(3, corridor=["yuma"])
    worlds = {
        "outside": [({"us": [*some, *outside], "mx": []}, False)],
        "unseen": [({"us": [*some, *inside], "mx": some}, False)],
        "added": [({"us": some, "mx": []}, False), ({"us": [*some, *inside], "mx": []}, True)],
    }
    for name, steps in worlds.items():
        reports = Reports()
        for seen, again in steps:
            reports.give("2026-01", {"2026-01": seen}, again)
        assert known(reports.given) == {}, name


def test_a_correction_that_puts_some_in_the_place_of_others_tells_of_neither() -> None:
    """Seven are told in another audience's first edition: 11 in the second one would tell of four that are new."""
    murder = {"offense_family": ["HOMICIDE"], "offense": ["MURDER"]}
    arms = {"offense_family": ["HOMICIDE"], "corridor": ["yuma"], "agencies": ["b_so"]}
    seven, new = several(7, "s", "2026-02", **arms), several(1, "n", "2026-02", **arms)
    gone, others = several(3, "g", "2026-02", **murder), several(3, "o", "2026-02", **murder)
    nobody: dict[str, list[Any]] = {"us": [], "mx": []}
    empty = dict.fromkeys(MONTHS, nobody)
    reports = Reports()
    reports.give("2026-Q1", {**empty, "2026-02": {"us": seven, "mx": [*gone, *seven]}})
    reports.give("2026-Q1", {**empty, "2026-02": {"us": [*seven, *new], "mx": [*others, *seven, *new]}}, again=True)

    assert reports.given[0].told["us"]["incidents"] == 7
    assert known(reports.given) == {}


FAMILIES = ("HOMICIDE", "DRUGS", "TRAFFICKING")
KINDS = st.fixed_dictionaries(
    {
        "offense_family": st.lists(st.sampled_from(FAMILIES), min_size=0, max_size=2, unique=True),
        "offense": st.lists(st.sampled_from(["MURDER", "SALE"]), max_size=1),
        "corridor": st.lists(st.sampled_from(["nogales", "yuma"]), max_size=1),
        "commodities": st.lists(st.sampled_from(["drugs", "arms"]), max_size=1),
        "agencies": st.sampled_from([["a_pd"], ["b_so"], ["a_pd", "b_so"], ["b_so", "c_mx"]]),
    }
)
SIZES = st.one_of(st.integers(1, 4), st.integers(5, 30))
SEEN_BY = st.sampled_from([("us",), ("us", "mx"), ("mx",)])
GROUPS = st.lists(st.tuples(KINDS, SIZES, SEEN_BY, st.sampled_from(MONTHS)), min_size=1, max_size=9)


def world(groups: Sequence[tuple[Mapping[str, Any], int, Sequence[str], str]]) -> dict[str, dict[str, list[Any]]]:
    found: dict[str, dict[str, list[Any]]] = {month: {name: [] for name in AUDIENCES} for month in MONTHS}
    for number, (kind, many, seen_by, month) in enumerate(groups):
        for name in seen_by:
            found[month][name] += several(many, f"{number}", month, **kind)
    return found


@SETTINGS
@given(GROUPS, st.permutations([*MONTHS, "2026-Q1"]))
def test_nobody_works_out_a_small_count_from_months_and_their_quarter(groups: Any, order: list[str]) -> None:
    reports, seen = Reports(), world(groups)
    for period in order:
        reports.give(period, seen)

    assert known(reports.given) == {}


@SETTINGS
@given(GROUPS, st.integers(0, 9), st.lists(st.tuples(KINDS, SIZES, SEEN_BY, st.sampled_from(MONTHS)), max_size=3))
def test_nobody_works_out_a_small_count_from_a_correction(groups: Any, gone: int, late: Any) -> None:
    reports, before = Reports(), world(groups)
    gone %= len(groups)
    none = (groups[gone][0], 0, groups[gone][2], groups[gone][3])
    after = world([*groups[:gone], none, *groups[gone + 1 :], *late])
    for period, seen, again in (
        ("2026-01", before, False),
        ("2026-Q1", before, False),
        ("2026-01", after, True),
        ("2026-Q1", after, True),
    ):
        reports.give(period, seen, again)

    assert known(reports.given) == {}


@pytest.mark.parametrize("period", ["2026-01", "2026-Q1"])
def test_a_period_of_which_nobody_saw_anything_is_told_as_such(period: str) -> None:
    told = Reports().give(period, world([]))

    assert told["us"]["incidents"] == 0
    assert told["us"]["withheld"] == {"figures": 1}, "the median of nothing"
