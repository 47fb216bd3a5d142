"""The review queue: the pairs of reports for which a person's decision would change an incident; pure.

A pair has both reports as the index shows them, and the decision that was left open.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.codes import offenses
from schemas.folding import fold
from schemas.records.incident import IDENTIFYING_COMPARISONS, ExplainedDecision
from schemas.records.report import VOID_STATUSES
from sinks.render.evidence import main_evidence
from sinks.render.format import Document, clean, moment, number, offense, place

ACTUAL = "ACTUAL"
_HINTS = (
    "both compared, line by line: interagency why LEFT RIGHT",
    "decide: interagency adjudicate same|different LEFT RIGHT --by WHO --why TEXT",
)


class QueueFilter(NamedTuple):
    """Which pairs to list: with a report of these agencies, and with this offense; empty is any."""

    agencies: Collection[str] = ()
    offense: str = ""

    def fits(self, reports: Sequence[Document]) -> bool:
        """Return whether a pair is to be listed."""
        of_agency = not self.agencies or any(report["agency"] in self.agencies for report in reports)
        return of_agency and (
            not self.offense or any(_is(report.get("offense", {}), self.offense) for report in reports)
        )


def _is(stated: Mapping[str, Any], wanted_offense: str) -> bool:
    """Return whether an offense is the requested one, as `search --offense` reads it."""
    if wanted_offense.upper() in offenses.NIBRS_CODES:
        return wanted_offense.upper() in stated.get("nibrs", ())
    by_words = (
        fold(wanted_offense) in fold(stated.get("text", ""))
        or stated.get("code", "").casefold() == wanted_offense.casefold()
    )
    return by_words or stated.get("concept") in offenses.concepts_named(wanted_offense)


def would_change(left: Document, right: Document, incidents: tuple[str, str]) -> bool:
    """Return whether a decision on two reports would change an incident.

    Reports of one incident are linked already; a report that its agency cancelled gives no values and no counts
    wherever it is; nobody decides on test and exercise traffic.
    """
    idle = any(report["status"] in VOID_STATUSES or report["traffic"] != ACTUAL for report in (left, right))
    return incidents[0] != incidents[1] and not idle


class Pair(NamedTuple):
    """A pair that waits: the decision that was left open, and both reports in its order."""

    decision: ExplainedDecision
    reports: tuple[Document, Document]


def _summary(report: Document) -> dict[str, Any]:
    names = (
        "report_id",
        "agency",
        "occurred_at",
        "occurred_precision_s",
        "lat",
        "lon",
        "precision",
        "address",
        "offense",
    )
    return {name: report[name] for name in names if name in report}


def as_json(waiting: int, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return what waits: how many pairs, and these, the weight in bits."""
    listed = [
        {
            "left": pair.decision["left"],
            "right": pair.decision["right"],
            "weight": round(pair.decision["weight"], 2) + 0.0,
            "evidence": [
                {**row, "weight": round(row["weight"], 2) + 0.0} for row in pair.decision["evidence"] if row["weight"]
            ],
            "reports": [_summary(report) for report in pair.reports],
        }
        for pair in pairs
    ]
    return {"waiting": waiting, "pairs": listed}


def _report_line(report: Document) -> tuple[str, ...]:
    width = f"within {report['occurred_precision_s']} s" if report.get("occurred_precision_s") else ""
    when = f"{moment(report.get('occurred_at'))} {width}".strip()
    return clean(report["report_id"]), when, offense(report), place(report)


def _why_open(decision: ExplainedDecision) -> str:
    short = decision["threshold"] - decision["weight"]
    if short > 0:
        return f"{number(short, 2)} bits below the threshold"
    joins = any(row["name"] in IDENTIFYING_COMPARISONS and row["weight"] > 0 for row in decision["evidence"])
    why = (
        "and the incident can have no more reports"
        if joins
        else "but nothing shows that place, person or vehicle is the same"
    )
    return f"{number(-short, 2)} bits above the threshold, {why}"


def _pair_lines(pair: Pair) -> Iterator[str]:
    yield _why_open(pair.decision)
    for cells in map(_report_line, pair.reports):
        yield "  " + "  ".join(filter(None, cells))
    for word, sign in (("for", 1), ("against", -1)):
        rows = [row for row in pair.decision["evidence"] if row["weight"] * sign > 0]
        if rows:
            yield f"  {word:<7}  {main_evidence(rows)}"
    yield ""


def lines(waiting: int, pairs: Sequence[Pair]) -> list[str]:
    """Format the pairs to review, the most likely first, and the number of all that wait.

    Each pair shows when, where and what, and what speaks for and against.
    """
    if not waiting:
        return ["no pair waits for a person"]
    more = [f"{waiting - len(pairs):,} more: --limit"] if waiting > len(pairs) else []
    listed = [line for pair in pairs for line in _pair_lines(pair)]
    return [f"{waiting:,} pair{'s wait' if waiting != 1 else ' waits'} for a person", "", *listed, *more, *_HINTS]
