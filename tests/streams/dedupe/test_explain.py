"""Two reports of the index: the decision on them, or the rule that kept them from being compared."""

from typing import Any

from streams.dedupe.explain import NotCompared, explain
from tests.streams.fakes import NOW
from tests.streams.worlds import told

MINUTE = 60_000


def pair(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two documents; `changes` are of the second one."""
    return told("a_pd:1"), told("b_so:2", **changes)


def rule(**changes: Any) -> str:
    found = explain(*pair(**changes))
    return found.rule if isinstance(found, NotCompared) else ""


def test_a_decision_is_the_same_whichever_report_is_named_first() -> None:
    left, right = pair()
    found = explain(left, right)

    assert not isinstance(found, NotCompared)
    assert found == explain(right, left)
    assert (found["left"], found["right"]) == ("a_pd:1", "b_so:2")


def test_what_is_withheld_in_either_report_keeps_the_comparison_from_being_shown() -> None:
    left, right = pair(withheld=["persons"])

    for found in (explain(left, right), explain(right, left)):
        assert isinstance(found, NotCompared)
        assert found.rule == "withheld"


def test_test_traffic_never_meets_actual_traffic() -> None:
    assert rule(traffic="TEST") == "traffic"


def test_reports_too_far_apart_in_time_are_not_compared() -> None:
    assert rule(occurred_at=NOW + 24 * 60 * MINUTE) == "time window"


def test_reports_without_anything_in_common_are_not_compared() -> None:
    assert rule(lat=33.9, lon=-118.2, address="9 ELM ST", place={"side": "US"}) == "no shared block"
