"""Format a decision on two reports: the verdict, the bits for and against, and who decided; pure."""

from collections.abc import Mapping, Sequence

from schemas.records.incident import Comparison, ExplainedDecision
from schemas.records.order import MODEL
from schemas.runtime.text_layout import align_columns
from sinks.render.format import clean, number

# What each verdict states about two reports (DESIGN section 1).
VERDICTS: dict[str, str] = {
    "SAME": "they report the same incident",
    "CONTINUES": "one incident continues where the other ended",
    "RELATED": "they report two related incidents",
    "NOT_SAME": "they report different incidents",
    "UNSURE": "undecided: a person must review it",
}
MAX_EVIDENCE = 4
_BAR = 24
_BITS_PER_MARK = 0.5


def bits(weight: float) -> str:
    """Format a weight in bits, with its sign."""
    return number(weight, 1, signed=True)


def decision_on(decisions: Sequence[ExplainedDecision], left: str, right: str) -> ExplainedDecision | None:
    """Return the decision on two reports, in either order; None where there is none."""
    return next((each for each in decisions if {each["left"], each["right"]} == {left, right}), None)


def verdict_line(decision: ExplainedDecision) -> str:
    """Format verdict, total weight against the threshold (bits), and who decided."""
    total, threshold, by = decision["weight"], decision["threshold"], decision["decided_by"]
    side = "above" if total >= threshold else "below"
    score = f"{bits(total)} bits, {number(abs(total - threshold), 1)} {side} the threshold {number(threshold, 1)}"
    if by == MODEL:
        return f"{decision['verdict']}  {score}; decided by the model"
    return f"{decision['verdict']}  decided by {clean(by)}, overriding the comparison: {score}"


def main_evidence(evidence: Sequence[Comparison]) -> str:
    """Format the comparisons that weigh most, for or against, in one line."""
    heaviest = sorted(evidence, key=lambda comparison: -abs(comparison["weight"]))[:MAX_EVIDENCE]
    return "; ".join(
        f"{bits(each['weight'])} {each['name']}: {clean(each['detail'] or each['level'])}" for each in heaviest
    )


def _bar(weight: float) -> str:
    marks = min(_BAR, round(abs(weight) / _BITS_PER_MARK))
    return ("+" if weight > 0 else "-") * marks


def evidence_table(decision: ExplainedDecision) -> list[str]:
    """Format every comparison: name, level, bits, a bar with a mark for each half bit, and its explanation."""
    rows = [("comparison", "level", "bits", "", "")]
    rows += [
        (each["name"], clean(each["level"]), bits(each["weight"]), _bar(each["weight"]), clean(each["detail"]))
        for each in decision["evidence"]
    ]
    rows.append(("total", "", bits(decision["weight"]), "", f"threshold {number(decision['threshold'], 1)}"))
    return align_columns([(name, level, number.rjust(6), bar, detail) for name, level, number, bar, detail in rows])


def decision_lines(decisions: Sequence[ExplainedDecision], names: Mapping[str, str]) -> list[str]:
    """Format decisions, two lines each; `names`: report id -> its short name within the incident."""
    lines = []
    for decision in decisions:
        left, right = (names.get(name, clean(name)) for name in (decision["left"], decision["right"]))
        lines += [f"  {left} ~ {right}  {verdict_line(decision)}"]
        lines += [f"      {main_evidence(decision['evidence'])}"] if decision["evidence"] else []
    return lines
