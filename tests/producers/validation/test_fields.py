"""Each field of the plain feed at its edges: what is read, and what is refused under which name."""

from datetime import UTC, datetime
from typing import Any

import pytest

from producers.validation.fields import UNKNOWN_PRECISION, check, utc_ms
from schemas.errors import Reason, Rejected

MINIMAL = {
    "agency": "yuma_pd",
    "source_id": "26-1",
    "version": 1,
    "event": "created",
    "occurred_at": "2026-01-31T23:59:00-07:00",
    "emitted_at": "2026-01-31T23:59:30-07:00",
}


def _value(field: str, value: Any) -> Any:
    values = check({**MINIMAL, field: value})
    assert not isinstance(values, Rejected), values
    return values[field]


@pytest.mark.parametrize(("field", "value", "read"), [
    ("version", 1, 1),
    ("version", 2**63 - 1, 2**63 - 1),
    ("source_id", "x" * 128, "x" * 128),
    ("precision", "GPS", "GPS"),
    ("precision", "gps", "GPS"),
    ("precision", "rooftop", UNKNOWN_PRECISION),
    ("precision", None, "UNKNOWN"),
    ("occurred_precision_s", 31_622_400, 31_622_400),
    ("occurred_precision_s", None, 60),
    ("lang", "es-MX", "es-MX"),
    ("source_tz", "America/Phoenix", "America/Phoenix"),
    ("ori", "AZ0140100", "AZ0140100"),
    ("seq", -(2**63 - 1), -(2**63 - 1)),
    ("traffic", "exercise", "EXERCISE"),
    ("agency", "ab", "ab"),
    ("agency", "a" * 48, "a" * 48),
])  # fmt: skip
def test_a_value_at_its_edge_is_read(field: str, value: Any, read: Any) -> None:
    assert _value(field, value) == read


@pytest.mark.parametrize(("field", "value"), [
    ("version", 0),
    ("version", 2**63),
    ("version", True),
    ("version", 1.0),
    ("source_id", ""),
    ("source_id", "x" * 129),
    ("event", "opened"),
    ("event", ["created"]),
    ("occurred_precision_s", 0),
    ("occurred_precision_s", 31_622_401),
    ("lang", "spanish_"),
    ("source_tz", "Pacific"),
    ("ori", "az0140100"),
    ("ori", "AZ014010"),
    ("seq", -(2**63)),
    ("traffic", "ACTUAL"),
    ("agency", "a"),
    ("agency", "a" * 49),
    ("agency", "internal"),
    ("agency", "Yuma"),
])  # fmt: skip
def test_a_value_beyond_its_edge_is_refused_under_its_field(field: str, value: Any) -> None:
    rejected = check({**MINIMAL, field: value})

    assert isinstance(rejected, Rejected)
    assert (rejected.field, rejected.reason) == (field, Reason.BAD_VALUE)
    assert rejected.detail.startswith("expected ")


@pytest.mark.parametrize(("lat", "lon", "good"), [
    (90, 180, True),
    (-90, -180, True),
    (90.000001, 0, False),
    (0, -180.000001, False),
    (True, 0, False),
    (float("nan"), 0, False),
])  # fmt: skip
def test_coordinates_are_degrees(lat: float, lon: float, good: bool) -> None:
    assert isinstance(check({**MINIMAL, "lat": lat, "lon": lon}), dict) is good


@pytest.mark.parametrize("absent", ["lat", "lon"])
def test_one_coordinate_alone_is_refused_under_the_other(absent: str) -> None:
    rejected = check({**MINIMAL, "lat": 32.5, "lon": -114.7, absent: None})

    assert isinstance(rejected, Rejected)
    assert rejected.field == absent


@pytest.mark.parametrize("field", MINIMAL)
def test_a_required_field_that_is_missing_is_named(field: str) -> None:
    rejected = check({name: value for name, value in MINIMAL.items() if name != field})

    assert isinstance(rejected, Rejected)
    assert (rejected.field, rejected.reason) == (field, Reason.MISSING_FIELD)


def test_an_unknown_field_is_refused_with_the_most_similar_one() -> None:
    rejected = check({**MINIMAL, "adress": "1 MAIN ST"})

    assert isinstance(rejected, Rejected)
    assert (rejected.field, rejected.reason, rejected.hint) == (
        "adress",
        Reason.UNKNOWN_FIELD,
        "did you mean address?",
    )


def test_a_time_is_utc_milliseconds_also_before_1970() -> None:
    assert utc_ms("1970-01-01T00:00:00.001+00:00") == 1
    assert utc_ms("1969-12-31T23:59:59.999+00:00") == -1
    assert utc_ms("1970-01-01 01:00+01:00") == 0
    assert utc_ms(datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=UTC)) == 1


@pytest.mark.parametrize("time", ["2026-01-31", "2026-01-31T23:59:00", "2026-01-31_23:59:00-07:00", 5, None])
def test_a_time_without_an_offset_is_refused(time: Any) -> None:
    rejected = check({**MINIMAL, "occurred_at": time})

    assert isinstance(rejected, Rejected)
    assert rejected.field == "occurred_at"
