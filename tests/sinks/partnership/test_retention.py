"""Which reports are due, by which rule: agency, offense family, agreement; the closest row, the shortest schedule."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Configuration
from sinks.partnership.retention import (
    RetentionRule,
    expired_reports,
    parse_rules,
    require_known_agreements,
    retention_start,
    rule_for,
    years_later,
)

HEAD = "agreement,agency,family,years,source\n"
RULES = parse_rules(
    HEAD
    + ",,,20,general schedule\n"
    + ",calexico_pd,,10,city schedule\n"
    + ",,DRUGS,7,state law\n"
    + ",calexico_pd,HOMICIDE,75,city schedule\n"
    + "cit,,,5,clause 6\n"
    + "cit,,HOMICIDE,30,clause 6\n"
    + "actt,usbp_elc,,3,clause 9\n",
    "retention.csv",
)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def report(name: str = "calexico_pd:1", family: str = "ASSAULT", **fields: Any) -> dict[str, Any]:
    times = {"occurred_at": at("2010-01-01"), "updated_at": at("2010-02-28"), "published_at": at("2024-01-01")}
    own = {"report_id": name, "agency": name.partition(":")[0], "offense": {"family": family} if family else {}}
    return {**own, **times, **fields}


@pytest.mark.parametrize(
    ("name", "family", "shared", "years"),
    [
        ("calexico_pd:1", "ASSAULT", [], 10),
        ("calexico_pd:1", "HOMICIDE", [], 75),
        ("calexico_pd:1", "DRUGS", [], 10),
        ("imperial_so:1", "DRUGS", [], 7),
        ("imperial_so:1", "ASSAULT", [], 20),
        ("imperial_so:1", "", [], 20),
        ("calexico_pd:1", "ASSAULT", ["cit"], 5),
        ("calexico_pd:1", "HOMICIDE", ["cit"], 30),
        ("usbp_elc:1", "HOMICIDE", ["cit", "actt"], 3),
        ("calexico_pd:1", "ASSAULT", ["actt"], 10),
    ],
)
def test_the_closest_row_of_each_schedule_and_the_shortest_of_them(
    name: str, family: str, shared: list[str], years: int
) -> None:
    rule = rule_for(report(name, family), RULES, {one: {name} for one in shared})

    assert rule is not None
    assert rule.years == years


def test_without_a_rule_nothing_is_ever_due() -> None:
    reports = [report()]

    assert expired_reports(reports, [], {}, (), at("9999-01-01")) == []
    assert expired_reports(reports, [RetentionRule("", "usbp_elc", "", 1, "s")], {}, (), at("9999-01-01")) == []
    assert expired_reports(reports, [RetentionRule("cit", "", "", 1, "s")], {}, (), at("9999-01-01")) == []


def test_a_report_is_due_to_the_millisecond_and_says_by_which_rule() -> None:
    ends = at("2020-02-28")

    assert expired_reports([report()], RULES, {}, (), ends - 1) == []
    (one,) = expired_reports([report()], RULES, {}, (), ends)
    assert (one.report_id, one.due_at, one.counted_from) == ("calexico_pd:1", ends, at("2010-02-28"))
    assert one.rule == "calexico_pd: 10 years (city schedule)"


def test_what_a_hold_keeps_is_listed_as_held() -> None:
    reports = [report("calexico_pd:2"), report("calexico_pd:1")]

    found = expired_reports(reports, RULES, {}, {"calexico_pd:2"}, at("2030-01-01"))
    assert [(one.report_id, one.held) for one in found] == [("calexico_pd:1", False), ("calexico_pd:2", True)]


def test_years_are_counted_from_the_later_of_occurred_and_updated_else_from_when_it_came() -> None:
    assert retention_start(report()) == at("2010-02-28")
    assert retention_start(report(occurred_at=at("2012-01-01"))) == at("2012-01-01")
    assert retention_start(report(updated_at=None)) == at("2010-01-01")
    assert retention_start({"published_at": 5}) == 5


@pytest.mark.parametrize(
    ("begun", "years", "ends"),
    [
        ("2024-02-29T12:00:00", 4, "2028-02-29T12:00:00"),
        ("2024-02-29T12:00:00", 1, "2025-03-01T12:00:00"),
        ("2023-12-31T23:59:59", 1, "2024-12-31T23:59:59"),
        ("1969-07-20T20:17:40", 100, "2069-07-20T20:17:40"),
        ("9998-01-01T00:00:00", 5, "9999-01-01T00:00:00"),
    ],
)
def test_years_are_those_of_the_calendar(begun: str, years: int, ends: str) -> None:
    assert years_later(at(begun) + 7, years) == at(ends) + 7


_RULE = st.builds(
    RetentionRule,
    st.sampled_from(["", "cit", "actt"]),
    st.sampled_from(["", "calexico_pd", "usbp_elc"]),
    st.sampled_from(["", "DRUGS", "HOMICIDE"]),
    st.integers(1, 100),
    st.just("s"),
)


@given(st.lists(_RULE, max_size=8, unique_by=lambda one: one[:3]), st.data())
def test_the_order_of_rows_does_not_matter_and_an_agreement_never_lets_anything_stay_longer(
    rules: list[RetentionRule], data: st.DataObject
) -> None:
    one = report("usbp_elc:1", data.draw(st.sampled_from(["", "DRUGS", "HOMICIDE"])))
    shared = {"cit": {"usbp_elc:1"}, "actt": {"usbp_elc:1"}}
    alone, beside = rule_for(one, rules, {}), rule_for(one, rules, shared)

    assert rule_for(one, data.draw(st.permutations(rules)), shared) == beside
    if alone is not None:
        assert beside is not None
        assert beside.years <= alone.years


@pytest.mark.parametrize(
    "row",
    [
        ",Calexico,,5,s",
        ",,drugs,5,s",
        ",,NO_FAMILY,5,s",
        ",,,0,s",
        ",,,101,s",
        ",,,0010,s",
        ",,,5.5,s",
        ",,,-5,s",
        ",,,,s",
        ",,,٣,s",
        ",,,5,",
        ",,,5,s,more",
        ",,,5,s\n,,,6,s",
    ],
)
def test_a_wrong_row_is_refused_by_its_line(row: str) -> None:
    with pytest.raises(Configuration, match=r"retention\.csv, line [23]"):
        parse_rules(f"{HEAD}{row}\n", "retention.csv")


def test_a_rule_of_an_agreement_that_nobody_knows_is_refused() -> None:
    require_known_agreements(RULES, {"cit", "actt"})
    with pytest.raises(Configuration, match="do not exist: actt"):
        require_known_agreements(RULES, {"cit"})
