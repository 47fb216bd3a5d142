"""Format the scorecard that `evaluate` prints, for people and as JSON; pure."""

from collections.abc import Sequence
from typing import Any

from schemas.runtime.text_layout import align_columns
from streams.evaluation.confusion import ConfusionCounts, wilson
from streams.evaluation.ground_truth import DIFFERENT, IGNORE, SAME, Pair
from streams.evaluation.pairwise import PairwiseScore, agencies_of, languages_of

MAX_ROWS = 20
_HEADER = ("", "precision", "95 %", "recall", "95 %", "F1", "linked", "correct", "wrong", "missed")
_COUNTS_FROM = 6


def as_json(score: PairwiseScore, reports: int, incidents: int | None, languages: bool) -> dict[str, Any]:
    """Return the scorecard as JSON, with the number of `reports` and `incidents` that were scored.

    That of all pairs is first; by language pair where `languages` are known.
    """
    scorecard: dict[str, Any] = {
        **score.overall.as_json(),
        "reports": reports,
        "incidents": incidents,
        "truth": {
            "same": score.labels.get(SAME, 0),
            "different": score.labels.get(DIFFERENT, 0),
            "ignored": score.labels.get(IGNORE, 0),
        },
        "absent": {"pairs": score.absent, "same": score.absent_same},
        "by_agencies": _as_json(score.grouped_by(agencies_of)),
    }
    if languages:
        scorecard["by_languages"] = _as_json(score.grouped_by(languages_of))
    return scorecard


def _as_json(groups: dict[Pair, ConfusionCounts]) -> list[dict[str, Any]]:
    return [{"pair": pair, **counts.as_json()} for pair, counts in groups.items()]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None else f"{bounds[0]:.3f}-{bounds[1]:.3f}"


def _row(name: str, counts: ConfusionCounts) -> tuple[str, ...]:
    precision = (_share(counts.precision), _interval(wilson(counts.true_positives, counts.linked)))
    recall = (_share(counts.recall), _interval(wilson(counts.true_positives, counts.same)))
    numbers = (counts.linked, counts.true_positives, counts.false_positives, counts.false_negatives)
    return name, *precision, *recall, _share(counts.f1), *(f"{number:,}".rjust(7) for number in numbers)


def _rows(title: str, groups: dict[Pair, ConfusionCounts]) -> list[tuple[str, ...]]:
    """Return a section of the table, beneath an empty line and its title."""
    empty = ("",) * (len(_HEADER) - 1)
    return [
        ("", *empty),
        (title, *empty),
        *(_row(" ".join(pair), counts) for pair, counts in list(groups.items())[:MAX_ROWS]),
    ]


def _more(groups: dict[Pair, ConfusionCounts]) -> list[str]:
    left = len(groups) - MAX_ROWS
    return [f"{left} more pairs of agencies: --json lists all"] if left > 0 else []


def lines(score: PairwiseScore, reports: int, incidents: int | None, languages: bool) -> list[str]:
    """Format the scorecard as a table, with the number of `reports` and `incidents` that were scored.

    All pairs come first, then the agencies with most pairs, then languages.
    """
    labels, agencies = score.labels, score.grouped_by(agencies_of)
    absent = f"; {score.absent:,} pairs with a report that is absent ({score.absent_same:,} of them the same)"
    header = (*_HEADER[:_COUNTS_FROM], *(name.rjust(7) for name in _HEADER[_COUNTS_FROM:]))
    rows = [header, _row("all", score.overall), *_rows("by agencies", agencies)]
    rows += _rows("by languages", score.grouped_by(languages_of)) if languages else []
    return [
        f"truth    {labels.get(SAME, 0):,} same, {labels.get(DIFFERENT, 0):,} different, "
        f"{labels.get(IGNORE, 0):,} not scored{absent if score.absent else ''}",
        f"reports  {reports:,}" + ("" if incidents is None else f" in {incidents:,} incidents"),
        "",
        *align_columns(rows),
        *_more(agencies),
    ]


def error_lines(title: str, pairs: Sequence[Pair]) -> list[str]:
    """Format pairs of ids, one per line, beneath a title."""
    return ["", title, *(f"  {left}  {right}" for left, right in pairs)] if pairs else []
