"""What the review queue says of pairs that wait."""

import pytest

from schemas.records.incident import Comparison, ExplainedDecision
from sinks.review.review_queue import Pair, lines
from tests.sinks.factories import report

TIME: Comparison = {"name": "time", "level": "within a minute", "weight": 5.0, "detail": ""}
NEAR: Comparison = {"name": "distance", "level": "within 50 m", "weight": 3.0, "detail": ""}


def _waiting(weight: float, *evidence: Comparison) -> Pair:
    left, right = report(1), report(2)
    decision: ExplainedDecision = {
        "left": left["report_id"],
        "right": right["report_id"],
        "verdict": "UNSURE",
        "weight": weight,
        "threshold": 6.0,
        "evidence": list(evidence),
        "decided_by": "model",
        "tables_version": "t",
    }
    return Pair(decision, (left, right))


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        (_waiting(5.5, TIME), "0.50 bits below the threshold"),
        (_waiting(8.0, TIME, NEAR), "2.00 bits above the threshold, and the incident can have no more reports"),
        (
            _waiting(7.0, TIME),
            "1.00 bits above the threshold, but nothing shows that place, person or vehicle is the same",
        ),
        (
            _waiting(7.0, TIME, {**NEAR, "weight": -1.0}),
            "1.00 bits above the threshold, but nothing shows that place, person or vehicle is the same",
        ),
    ],
)
def test_a_pair_tells_why_it_was_left_open(pair: Pair, why: str) -> None:
    assert why in lines(1, [pair])
