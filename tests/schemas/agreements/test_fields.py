"""The types of fields in an agreement's file take exactly what they state."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.agreements import fields


def accepts(kind: Any, value: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("cit-team", True),
        ("best-stx-us", True),
        ("a_1-b", True),
        ("calexico_pd", False),
        ("cit-", False),
        ("-team", False),
        ("cit--team", False),
        ("cit-2", False),
        ("CIT-team", False),
        ("cit-team\n", False),
    ],
)
def test_the_name_of_an_audience_has_a_hyphen_as_no_agency_has(name: str, accepted: bool) -> None:
    assert accepts(fields.AudienceName, name) is accepted


@pytest.mark.parametrize(
    ("area", "accepted"),
    [
        ("US-CA", True),
        ("US-CA/Imperial", True),
        ("US-TX/Val Verde", True),
        ("MX-SON", True),
        ("ELC", True),
        ("US-CA/", False),
        ("MX-SON/Nogales", False),
        ("CA-ON", False),
        ("us-ca", False),
        ("EL", False),
        ("", False),
    ],
)
def test_an_area_is_a_county_a_state_or_a_sector(area: str, accepted: bool) -> None:
    assert accepts(fields.Area, area) is accepted


def test_anywhere_is_no_list_of_areas() -> None:
    areas = TypeAdapter[tuple[str, ...]](fields.Areas)

    assert areas.validate_python("anywhere") == ()
    assert areas.validate_python(["ELC"]) == ("ELC",)
    assert not accepts(fields.Areas, "ELC")
    assert not accepts(fields.Areas, ["anywhere"])


def test_a_time_is_utc_milliseconds_and_has_its_offset() -> None:
    times = TypeAdapter[int](fields.UtcMs)

    assert times.validate_python(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000
    assert times.validate_python(datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=-8)))) == 8 * 3_600_000
    assert not accepts(fields.UtcMs, datetime(1970, 1, 1))  # noqa: DTZ001
    assert not accepts(fields.UtcMs, 1_000)


@pytest.mark.parametrize(
    ("kind", "known", "unknown"),
    [
        (fields.Country, "MEX", "MX"),
        (fields.Family, "HOMICIDE", "MURDER"),
        (fields.ConceptName, "ATTEMPT_TO_LOCATE", "LOCATE"),
        (fields.FieldGroup, "firearms", "weapons"),
    ],
)
def test_a_word_is_known_or_refused(kind: Any, known: str, unknown: str) -> None:
    assert accepts(kind, known)
    assert not accepts(kind, unknown)
    assert not accepts(kind, "")
