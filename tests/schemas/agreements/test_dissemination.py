"""The dissemination level of a report: its own, else the registry's for its offense family, else for any, else RED."""

import pytest

from schemas.agreements import Outcome
from schemas.agreements.criteria import SharingCriteria, criteria_of
from schemas.agreements.dissemination import OUTCOME_BY_LEVEL, dissemination_level
from tests.factories import agency


def report(level: str, family: str = "GANG") -> SharingCriteria:
    return criteria_of("a_pd", {"offense": {"family": family}})._replace(level=level)


@pytest.mark.parametrize(
    ("level", "defaults", "expected"),
    [
        ("GREEN", {"GANG": "RED", "*": "RED"}, "GREEN"),
        ("PURPLE", {"GANG": "GREEN"}, "PURPLE"),
        ("", {"GANG": "YELLOW", "*": "GREEN"}, "YELLOW"),
        ("", {"DRUGS": "YELLOW", "*": "GREEN"}, "GREEN"),
        ("", {"DRUGS": "GREEN"}, "RED"),
        ("", {}, "RED"),
    ],
)
def test_the_level_that_is_nearest_to_the_report_counts(level: str, defaults: dict[str, str], expected: str) -> None:
    assert dissemination_level(report(level), agency(default_handling=defaults)) == expected


def test_a_level_that_nobody_knows_is_in_no_row() -> None:
    assert OUTCOME_BY_LEVEL == {"GREEN": Outcome.FULL, "YELLOW": Outcome.POINTER, "RED": Outcome.NONE}
