"""A decision about two reports, told: the verdict, the bits for and against, who decided; pure."""

from collections.abc import Mapping, Sequence

from schemas.records.incident import Comparison, ExplainedDecision
from schemas.runtime.text_layout import align_columns
from sinks.render.format import clean, number

# What each verdict says of two reports (DESIGN section 1).
VERDICTS: dict[str, str] = {
    "SAME": "they speak of the same incident",
    "CONTINUES": "one incident goes on where the other ended",
    "RELATED": "two incidents that have to do with each other",
    "NOT_SAME": "they speak of different incidents",
    "UNSURE": "not decided: this waits for a person",
}
MODEL = "model"
MOST_EVIDENCE = 4
_BAR = 24
_BITS_A_MARK = 0.5


def bits(weight: float) -> str:
    """Tell a weight in bits, with its sign."""
    return number(weight, 1, signed=True)


def about(decisions: Sequence[ExplainedDecision], left: str, right: str) -> ExplainedDecision | None:
    """Give the decision about two reports, whichever is named first."""
    return next((one for one in decisions if {one["left"], one["right"]} == {left, right}), None)


def verdict_line(decision: ExplainedDecision) -> str:
    """Tell verdict, total against threshold and who decided."""
    total, threshold, by = decision["weight"], decision["threshold"], decision["decided_by"]
    side = "above" if total >= threshold else "below"
    told = f"{bits(total)} bits, {number(abs(total - threshold), 1)} {side} the threshold {number(threshold, 1)}"
    if by == MODEL:
        return f"{decision['verdict']}  {told}; decided by the model"
    return f"{decision['verdict']}  decided by {clean(by)}, whatever the comparison says: {told}"


def main_line(evidence: Sequence[Comparison]) -> str:
    """Tell what weighs most, for or against, in one line."""
    heaviest = sorted(evidence, key=lambda one: -abs(one["weight"]))[:MOST_EVIDENCE]
    return "; ".join(f"{bits(one['weight'])} {one['name']}: {clean(one['detail'] or one['level'])}" for one in heaviest)


def _bar(weight: float) -> str:
    marks = min(_BAR, round(abs(weight) / _BITS_A_MARK))
    return ("+" if weight > 0 else "-") * marks


def table(decision: ExplainedDecision) -> list[str]:
    """Tell every comparison: name, level, bits, a bar of half bits, and the sentence that explains it."""
    rows = [("comparison", "level", "bits", "", "")]
    rows += [
        (one["name"], clean(one["level"]), bits(one["weight"]), _bar(one["weight"]), clean(one["detail"]))
        for one in decision["evidence"]
    ]
    rows.append(("total", "", bits(decision["weight"]), "", f"threshold {number(decision['threshold'], 1)}"))
    return align_columns([(name, level, number.rjust(6), bar, detail) for name, level, number, bar, detail in rows])


def decision_lines(decisions: Sequence[ExplainedDecision], names: Mapping[str, str]) -> list[str]:
    """Tell decisions two lines each; `names` are the short names of the reports of one incident."""
    lines = []
    for one in decisions:
        left, right = (names.get(name, clean(name)) for name in (one["left"], one["right"]))
        lines += [f"  {left} ~ {right}  {verdict_line(one)}"]
        lines += [f"      {main_line(one['evidence'])}"] if one["evidence"] else []
    return lines
