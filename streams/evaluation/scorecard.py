"""What `evaluate` prints: the figures, for people and as JSON; pure."""

from collections.abc import Sequence
from typing import Any

from schemas.runtime.text_layout import align_columns
from streams.evaluation.confusion import Tally, wilson
from streams.evaluation.ground_truth import DIFFERENT, IGNORE, SAME, Pair
from streams.evaluation.pairwise import Score

MOST_ROWS = 20
_HEADER = ("", "precision", "95 %", "recall", "95 %", "F1", "joined", "right", "wrong", "missed")


def as_json(score: Score, reports: int, incidents: int | None, languages: bool) -> dict[str, Any]:
    """Give all figures, those of all pairs first; by language pair where the languages are known."""
    told: dict[str, Any] = {
        **score.overall.as_json(),
        "reports": reports,
        "incidents": incidents,
        "truth": {
            "same": score.labels.get(SAME, 0),
            "different": score.labels.get(DIFFERENT, 0),
            "ignored": score.labels.get(IGNORE, 0),
        },
        "absent": {"pairs": score.absent, "same": score.absent_same},
        "by_agencies": [{"pair": pair, **one.as_json()} for pair, one in score.by(lambda kind: kind[0]).items()],
    }
    if languages:
        told["by_languages"] = [{"pair": pair, **one.as_json()} for pair, one in score.by(lambda kind: kind[1]).items()]
    return told


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None else f"{bounds[0]:.3f}-{bounds[1]:.3f}"


def _row(name: str, tally: Tally) -> tuple[str, ...]:
    joined, same = tally.right + tally.wrong, tally.right + tally.missed
    precise = (_share(tally.precision), _interval(wilson(tally.right, joined)))
    complete = (_share(tally.recall), _interval(wilson(tally.right, same)))
    return (
        name,
        *precise,
        *complete,
        _share(tally.f1),
        *(f"{count:,}".rjust(6) for count in (joined, tally.right, tally.wrong, tally.missed)),
    )


def _rows(title: str, tallies: dict[Pair, Tally]) -> list[tuple[str, ...]]:
    """Give a table's part beneath an empty line and its title."""
    empty = ("",) * (len(_HEADER) - 1)
    return [
        ("", *empty),
        (title, *empty),
        *(_row(" ".join(pair), tally) for pair, tally in list(tallies.items())[:MOST_ROWS]),
    ]


def _rest(tallies: dict[Pair, Tally]) -> list[str]:
    left = len(tallies) - MOST_ROWS
    return [f"{left} more pairs of agencies: --json lists all"] if left > 0 else []


def lines(score: Score, reports: int, incidents: int | None, languages: bool) -> list[str]:
    """Tell the figures as a table: all pairs, by agencies with most pairs first, by languages."""
    labels, agencies = score.labels, score.by(lambda kind: kind[0])
    absent = f"; {score.absent:,} pairs with a report that is not here ({score.absent_same:,} of the same)"
    header = (*_HEADER[:6], *(name.rjust(6) for name in _HEADER[6:]))
    rows = [header, _row("all", score.overall), *_rows("by agencies", agencies)]
    rows += _rows("by languages", score.by(lambda kind: kind[1])) if languages else []
    return [
        f"truth    {labels.get(SAME, 0):,} same, {labels.get(DIFFERENT, 0):,} different, "
        f"{labels.get(IGNORE, 0):,} not scored{absent if score.absent else ''}",
        f"reports  {reports:,}" + ("" if incidents is None else f" in {incidents:,} incidents"),
        "",
        *align_columns(rows),
        *_rest(agencies),
    ]


def error_lines(title: str, pairs: Sequence[Pair]) -> list[str]:
    """List pairs of ids, one a line."""
    return ["", title, *(f"  {left}  {right}" for left, right in pairs)] if pairs else []
