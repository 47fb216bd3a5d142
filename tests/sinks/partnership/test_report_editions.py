"""Editions of council reports: which are valid, what each counts, what it suppresses, and what is kept of it."""

from collections.abc import Sequence
from typing import Any, cast

import orjson
import pytest

from schemas.errors import Configuration
from schemas.records import codec
from schemas.records.audit import CouncilReport
from sinks.partnership.incident_counts import INCIDENTS, LINK, Cell, Entry, Pattern, Snapshot
from sinks.partnership.periods import period_named
from sinks.partnership.report_editions import (
    Address,
    Draft,
    draft,
    issued_under,
    months_to_count,
    newest_edition,
    pack_snapshots,
    pack_suppressed,
    unpack_snapshots,
)
from tests.sinks.partnership.editions import issued

JANUARY, QUARTER = period_named("2026-01"), period_named("2026-Q1")


def counted(number: int, period: str = "2026-01", agreement_id: str = "x", **fields: Any) -> CouncilReport:
    own = {"number": number, "period": period, "agreement_id": agreement_id, "counted": {period: number}, "edition": 1}
    return cast(CouncilReport, {**issued("2026-01", draft([], JANUARY, {"2026-01": snapshot(9)})), **own, **fields})


def snapshot(number: int, *rows: str, minutes: Sequence[float] = (), audience: str = "us") -> Snapshot:
    """Some incidents of one kind, as an audience saw them."""
    pattern: Pattern = (Entry(audience, *INCIDENTS, 1), *(Entry(audience, "offense family", row, 1) for row in rows))
    return Snapshot({pattern: number} if number else {}, {audience: {LINK: list(minutes)}})


def both(*snapshots: Snapshot) -> Snapshot:
    patterns = {pattern: number for each in snapshots for pattern, number in each.patterns.items()}
    return Snapshot(patterns, {audience: kinds for each in snapshots for audience, kinds in each.minutes.items()})


def count(report: Draft, period: str, cell: Cell = INCIDENTS) -> int:
    return report.counts[Address(period, "us", *cell)]


def suppressed_rows(report: Draft) -> set[str]:
    return {address.row for address in report.suppressed}


def encoded(*reports: CouncilReport) -> list[bytes]:
    return [codec.encode("council_report", report) for report in reports]


def test_of_two_reports_with_one_number_the_first_is_valid() -> None:
    first, second = counted(1, by="first"), counted(1, by="second")

    assert [report["by"] for report in issued_under(encoded(first, second, counted(2)), "x")] == ["first", ""]


def test_reports_of_other_agreements_and_deleted_records_are_left_out() -> None:
    values = [None, *encoded(counted(1, agreement_id="y"), counted(1), counted(2, agreement_id="y"))]

    assert [report["number"] for report in issued_under(values, "x")] == [1]
    assert issued_under([], "x") == []


def test_a_number_that_skips_one_is_not_valid() -> None:
    assert [report["number"] for report in issued_under(encoded(counted(1), counted(3), counted(2)), "x")] == [1, 2]


def test_a_report_that_cannot_be_decoded_stops_everything() -> None:
    with pytest.raises(Configuration):
        issued_under([b"\x00"], "x")


def test_the_newest_edition_of_a_period_is_the_last_one_issued() -> None:
    reports = [counted(1), counted(2, edition=2), counted(3, "2026-02")]

    assert [newest["number"] for name in ("2026-01", "2026-02") if (newest := newest_edition(reports, name))] == [2, 3]
    assert newest_edition(reports, "2026-Q1") is None


def test_a_month_that_a_report_counted_is_not_counted_again_unless_it_is_corrected() -> None:
    reports = [counted(1)]

    assert months_to_count(reports, QUARTER, recount=False) == ["2026-02", "2026-03"]
    assert months_to_count(reports, QUARTER, recount=True) == ["2026-01", "2026-02", "2026-03"]
    assert months_to_count(reports, JANUARY, recount=False) == []


def test_the_first_report_has_number_and_edition_one() -> None:
    first = draft([], JANUARY, {"2026-01": snapshot(9, "THEFT")})

    assert (first.number, first.edition, first.blank) == (1, 1, False)
    assert first.counted == {"2026-01": 1}
    assert count(first, "2026-01") == count(first, "2026-01", Cell("offense family", "THEFT")) == 9
    assert not first.suppressed


def test_editions_are_numbered_for_each_period_and_reports_for_the_agreement() -> None:
    reports = [issued("2026-01", draft([], JANUARY, {"2026-01": snapshot(9)}))]
    february = draft(reports, period_named("2026-02"), {"2026-02": snapshot(9)})
    correction = draft(reports, JANUARY, {"2026-01": snapshot(30)})

    assert (february.number, february.edition) == (2, 1)
    assert (correction.number, correction.edition) == (2, 2)


@pytest.mark.parametrize(("number", "suppressed"), [(1, True), (4, True), (5, False)])
def test_counts_of_one_to_four_are_suppressed(number: int, suppressed: bool) -> None:
    report = draft([], JANUARY, {"2026-01": snapshot(number)})

    assert bool(report.suppressed) is suppressed


def test_a_count_from_which_a_small_one_could_be_derived_is_suppressed_too() -> None:
    """Of 12 incidents 9 are thefts: without THEFT, the 3 of ARSON are not what is left of the total."""
    report = draft([], JANUARY, {"2026-01": both(snapshot(9, "THEFT"), snapshot(3, "ARSON"))})

    assert suppressed_rows(report) == {"ARSON", "THEFT"}
    assert count(report, "2026-01") == 12


def test_a_correction_suppresses_what_would_reveal_the_difference() -> None:
    reports = [issued("2026-01", draft([], JANUARY, {"2026-01": snapshot(30)}))]

    assert suppressed_rows(draft(reports, JANUARY, {"2026-01": snapshot(31)})) == {"incidents"}
    assert suppressed_rows(draft(reports, JANUARY, {"2026-01": snapshot(35)})) == set()
    assert suppressed_rows(draft(reports, JANUARY, {"2026-01": snapshot(30)})) == set()


def test_a_quarter_counts_each_month_from_the_newest_report_that_counted_it() -> None:
    reports: list[CouncilReport] = []
    for number in (30, 40):
        reports.append(issued("2026-01", draft(reports, JANUARY, {"2026-01": snapshot(number)})))
    quarter = draft(reports, QUARTER, {"2026-02": snapshot(7), "2026-03": snapshot(8)})

    assert quarter.counted == {"2026-01": 2, "2026-02": 3, "2026-03": 3}
    assert [count(quarter, period) for period in ("2026-Q1", "2026-01", "2026-02", "2026-03")] == [55, 40, 7, 8]


def test_a_month_does_not_reveal_what_its_quarter_suppressed() -> None:
    fresh = {"2026-01": snapshot(20), "2026-02": snapshot(20), "2026-03": snapshot(3)}
    reports = [issued("2026-Q1", draft([], QUARTER, fresh))]
    suppressed = {address.period for address in draft([], QUARTER, fresh).suppressed}

    march = draft(reports, period_named("2026-03"), {})
    assert "2026-03" in suppressed
    assert len(suppressed) > 1, "the total, or another month, would reveal it"
    assert {address.period for address in march.suppressed} == {"2026-03"}


def test_what_was_disclosed_before_is_never_suppressed_later() -> None:
    reports = [issued("2026-01", draft([], JANUARY, {"2026-01": snapshot(20)}))]
    quarter = draft(reports, QUARTER, {"2026-02": snapshot(21), "2026-03": snapshot(3)})

    assert "2026-01" not in {address.period for address in quarter.suppressed}
    assert len(quarter.suppressed) > 1


def test_a_quarter_does_not_reveal_what_its_other_months_have_together() -> None:
    """Of 24 thefts 20 were published for January: 4 in two months, of which nobody published any."""
    january = both(snapshot(20, "THEFT"), snapshot(30, "ARSON"))
    other = both(snapshot(2, "THEFT"), snapshot(30, "ARSON"))
    reports = [issued("2026-01", draft([], JANUARY, {"2026-01": january}))]
    quarter = draft(reports, QUARTER, {"2026-02": other, "2026-03": other})

    assert count(quarter, "2026-Q1", Cell("offense family", "THEFT")) == 24
    assert Address("2026-Q1", "us", "offense family", "THEFT") in quarter.suppressed


def test_times_are_combined_for_the_audiences_that_existed_in_each_month() -> None:
    january = both(snapshot(9, minutes=[1.0]), snapshot(9, minutes=[2.0], audience="mx"))
    fresh = {"2026-01": january, "2026-02": snapshot(9, minutes=[4.0, 3.0]), "2026-03": snapshot(9)}

    assert draft([], QUARTER, fresh).minutes == {"us": {LINK: [1.0, 4.0, 3.0]}}


def test_a_month_without_incidents_is_counted_as_such() -> None:
    report = draft([], JANUARY, {"2026-01": snapshot(0)})

    assert (report.counted, report.counts, report.suppressed) == ({"2026-01": 1}, {}, frozenset())


def test_snapshots_are_kept_as_they_were_counted() -> None:
    snapshots = {
        "2026-02": both(snapshot(3, "ARSON"), snapshot(9, "THEFT", minutes=[1.5])),
        "2026-01": snapshot(0),
    }
    text = pack_snapshots(snapshots)

    assert unpack_snapshots(text) == snapshots
    assert pack_snapshots(dict(reversed(list(snapshots.items())))) == text
    assert unpack_snapshots(pack_snapshots({})) == {}


def test_each_suppressed_count_is_kept_with_whether_it_is_small_itself() -> None:
    report = draft([], JANUARY, {"2026-01": both(snapshot(9, "THEFT"), snapshot(3, "ARSON"))})

    assert orjson.loads(pack_suppressed(report)) == {
        "blank": False,
        "cells": [
            ["2026-01", "us", "offense family", "ARSON", True],
            ["2026-01", "us", "offense family", "THEFT", False],
        ],
    }
