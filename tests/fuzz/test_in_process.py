"""A tenth of `make fuzz`: hostile records end no stage, and every one of them has exactly one fate."""

from collections import Counter

import pytest

from schemas.errors import Reason
from tests.fuzz.in_process import WORLD, world

TENTH = 100_000
WORLDS_EACH = 5


@pytest.mark.parametrize("first", range(0, TENTH // WORLD, WORLDS_EACH))
def test_hostile_records_end_nothing_and_each_has_one_fate(first: int) -> None:
    reasons = sum((world(first + number) for number in range(WORLDS_EACH)), Counter[str]())

    wanted = {Reason.BAD_FRAME, Reason.DECODE_ERROR, Reason.AGENCY_MISMATCH, Reason.TOO_LARGE, Reason.BAD_VALUE}
    assert wanted <= reasons.keys(), "what is sent is hostile"
