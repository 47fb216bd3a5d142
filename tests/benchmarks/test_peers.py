"""The window rule matches each report to one of the other agency, the best agreement first."""

from typing import Any

import pytest

from tests.benchmarks.peers import joined, window_rule
from tests.streams.dedupe.profiles_of import NOON, profile

CRASH = {"concept": "COLLISION", "family": "COLLISION"}


@pytest.mark.parametrize(
    ("changes", "matched"),
    [({}, True), ({"start": NOON + 960}, False), ({"lat": 32.675}, False), ({"agency_id": "a_pd"}, False)],
)
def test_who_is_within_the_window(changes: dict[str, Any], matched: bool) -> None:
    assert bool(window_rule([profile("a_pd:1"), profile("b_pd:2", **changes)])) is matched


def test_the_better_agreement_is_taken_and_the_other_is_left() -> None:
    reports = [profile("a_pd:1", **CRASH), profile("b_pd:2"), profile("b_pd:3", **CRASH)]

    assert window_rule(reports) == [("a_pd:1", "b_pd:3")]
    assert joined(reports, window_rule(reports)).clusters() == [["a_pd:1", "b_pd:3"]]
