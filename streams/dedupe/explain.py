"""Why two reports were or were not merged into one incident, from their documents in the index."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from schemas.records.incident import ExplainedDecision
from streams.dedupe.blocking import WITHIN_S, index_keys, query_keys
from streams.dedupe.evidence import add_evidence
from streams.dedupe.profile import apart_s, of_document
from streams.dedupe.score import decision, score


class NotCompared(NamedTuple):
    """The rule that kept two reports from being compared, and the sentence that explains it."""

    rule: str
    detail: str


def explain(left: Mapping[str, Any], right: Mapping[str, Any]) -> ExplainedDecision | NotCompared:
    """Return the decision on two reports of the index as resolve makes it, without adjudications.

    Returns NotCompared where a rule keeps the two from being compared.
    """
    if "withheld" in left or "withheld" in right:
        return NotCompared(
            "withheld", "an agreement withholds parts of these reports, so their comparison is not shown"
        )
    first, second = of_document(left), of_document(right)
    if first.traffic != second.traffic:
        return NotCompared("traffic", f"{first.traffic} and {second.traffic} traffic never meet")
    apart = apart_s(first, second)
    if apart > WITHIN_S:
        return NotCompared("time window", f"{apart // 60} min apart, at most {WITHIN_S // 60} min are compared")
    if not set(query_keys(first)) & set(index_keys(second)):
        return NotCompared("no shared block", "neither near, nor on one street, nor a plate, name or number in common")
    if first.report_id > second.report_id:
        first, second = second, first
    return add_evidence(decision(first, second, score(first, second)), first, second)
