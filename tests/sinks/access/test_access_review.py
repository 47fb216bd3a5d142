"""What stands out among the lines of the dissemination log, and what does not."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from schemas.records.audit import Dissemination, Exposure
from sinks.access import audit_records
from sinks.access.access_review import unusual_reads
from sinks.access.dissemination_log import next_line
from sinks.access.ports import Topics
from sinks.cli import dissemination
from tests.deploy.fakes import invoke

DAY, HOUR = 86_400_000, 3_600_000
AT = 1_767_571_200_000
CANARY = "nogales_pd:26-999001"


def log(*said: tuple[int, str, Sequence[str], str]) -> list[Dissemination]:
    """A chain of (at, audience, ids, outcome), all of one reader."""
    lines: list[Dissemination] = []
    for at, audience, ids, outcome in said:
        line: dict[str, Any] = {"reader": "r", "audience": audience, "purpose": "p", "asked": "{}"}
        line |= {"at": at, "ids": list(ids), "outcome": outcome}
        lines.append(next_line(line, lines[-1] if lines else None))
    return lines


def days(*counts: int, audience: str = "actt-mx") -> list[Dissemination]:
    """On each day so many distinct incidents are shown, in two readings that overlap."""
    said = []
    for day, count in enumerate(counts):
        ids = [f"v{number}" for number in range(count)]
        said += [(AT + day * DAY, audience, ids, "GIVEN"), (AT + day * DAY + HOUR, audience, ids[:3], "GIVEN")]
    return log(*said)


@pytest.mark.parametrize(
    ("counts", "lines"),
    [
        ((10, 12, 8, 11, 9, 60), [11]),
        ((10, 12, 8, 11, 9, 50), []),
        ((10, 12, 8, 11, 60), []),
        ((1, 1, 1, 1, 1, 40), []),
        ((100, 120, 80, 110, 90, 300), []),
        ((10, 12, 8, 11, 9, 60, 10, 70), [11, 15]),
    ],
)
def test_a_day_of_many_times_the_usual_stands_out(counts: tuple[int, ...], lines: list[int]) -> None:
    found = unusual_reads(days(*counts), (), ())

    assert [(one.rule, one.line) for one in found] == [("MANY", line) for line in lines]


def test_each_audience_has_its_own_usual() -> None:
    both = log(
        *((line["at"], line["audience"], line["ids"], "GIVEN") for line in days(*[10] * 5)),
        *((line["at"] + 5 * DAY, "actt-us", line["ids"], "GIVEN") for line in days(90)),
    )

    assert unusual_reads(both, (), ()) == []


@pytest.mark.parametrize(
    ("minutes", "outcome", "stands_out"),
    [((0, 10, 20), "DENIED", True), ((0, 10, 70), "DENIED", False), ((0, 10, 20), "GIVEN", False)],
)
def test_who_is_turned_away_again_and_again_stands_out(
    minutes: tuple[int, ...], outcome: str, stands_out: bool
) -> None:
    found = unusual_reads(log(*((AT + minute * 60_000, "actt-us", (), outcome) for minute in minutes)), (), ())

    assert [(one.rule, one.line, one.at) for one in found] == [("DENIED", 1, AT)] * stands_out


def exposure(at: int, revision: int, *reports: str, view: str = "v1") -> Exposure:
    shown = [{"report_id": name, "version": 1, "outcome": "FULL", "withheld": [], "rules": []} for name in reports]
    return {
        "audience": "actt-mx",
        "view_id": view,
        "generation": 1,
        "revision": revision,
        "at": at,
        "reports": shown,  # type: ignore[typeddict-item]
    }


def test_who_was_shown_a_canary_stands_out_by_the_view_in_which_it_stood_then() -> None:
    exposures = [exposure(AT, 1, CANARY), exposure(AT + HOUR, 2, "other:1"), exposure(AT, 1, "other:1", view="v2")]
    lines = log(
        (AT - 1, "actt-mx", ["v1"], "GIVEN"),
        (AT + 1, "actt-mx", ["v1", "v2"], "GIVEN"),
        (AT + 1, "actt-us", ["v1"], "GIVEN"),
        (AT + HOUR, "actt-mx", ["v1"], "GIVEN"),
        (AT + HOUR, "actt-mx", ["v9", CANARY], "GIVEN"),
    )

    assert [(one.rule, one.line) for one in unusual_reads(lines, [CANARY], exposures)] == [("CANARY", 2), ("CANARY", 5)]
    assert unusual_reads(lines, (), exposures) == []


@given(st.lists(st.integers(0, 100), max_size=12), st.integers(0, 12))
def test_what_comes_later_changes_nothing_that_stood_out_before(counts: list[int], later: int) -> None:
    whole = unusual_reads(days(*counts), (), ())
    before = unusual_reads(days(*counts[:later]), (), ())

    assert whole[: len(before)] == before


def test_the_command_lists_what_stands_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lines(_: Topics) -> list[Dissemination]:
        return days(10, 12, 8, 11, 9, 60)

    async def exposures(_: Topics) -> list[Exposure]:
        return [exposure(AT, 1, CANARY)]

    monkeypatch.setattr(audit_records, "dissemination_lines", lines)
    monkeypatch.setattr(audit_records, "exposures", exposures)
    app = typer.Typer()
    dissemination.register(app)

    (row,) = json.loads(invoke(app, "dissemination", "unusual", "--json").stdout)
    assert (row["rule"], row["line"]) == ("MANY", 11)
    told = invoke(app, "dissemination", "unusual", "--canary", CANARY).stdout
    assert f"was shown {CANARY}" in told
    assert "60 incidents shown that day, 10 on the median day before" in told
