"""Why two reports were or were not taken for one incident, from what the index has of them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from schemas.records.incident import ExplainedDecision
from streams.dedupe.blocking import WITHIN_S, read, written
from streams.dedupe.evidence import explained
from streams.dedupe.profile import apart_s, of_document
from streams.dedupe.score import decision, score


class NotCompared(NamedTuple):
    """The rule that kept two reports from being compared, and the sentence that explains it."""

    rule: str
    detail: str


def explain(left: Mapping[str, Any], right: Mapping[str, Any]) -> ExplainedDecision | NotCompared:
    """Decide on two reports as resolve does, without persons' words; both as the index has them."""
    if "withheld" in left or "withheld" in right:
        return NotCompared(
            "withheld", "an agreement withholds parts of these reports, so nothing is told of comparing them"
        )
    one, other = of_document(left), of_document(right)
    if one.traffic != other.traffic:
        return NotCompared("traffic", f"{one.traffic} and {other.traffic} traffic never meet")
    apart = apart_s(one, other)
    if apart > WITHIN_S:
        return NotCompared("time window", f"{apart // 60} min apart, at most {WITHIN_S // 60} min are compared")
    if not set(read(one)) & set(written(other)):
        return NotCompared("no shared block", "neither near, nor on one street, nor a plate, name or number in common")
    if one.report_id > other.report_id:
        one, other = other, one
    return explained(decision(one, other, score(one, other)), one, other)
