"""Invented records for tests, one line each: every name, plate and place is made up."""

from datetime import UTC, datetime
from typing import Any

import orjson

from producers.validation.report import Report
from schemas.agencies import agency_row
from schemas.records.agency import AgencyRow

OCCURRED_AT = "2026-01-31T23:59:00-08:00"
OCCURRED_MS = 1_769_932_740_000


def raw(**changes: Any) -> dict[str, Any]:
    """One line of the plain feed as an object; a change to `...` takes the field out."""
    fields: dict[str, Any] = {
        "agency": "calexico_pd",
        "source_id": "26-004711",
        "version": 1,
        "event": "created",
        "occurred_at": OCCURRED_AT,
        "emitted_at": "2026-01-31T23:59:30-08:00",
        "lat": 32.6789,
        "lon": -115.4989,
        "precision": "intersection",
        "address": "2ND ST / HEFFERNAN AVE",
        "type_system": "ca_pc",
        "type_code": "20-1183",
        "type_text": "TRAFFIC COLLISION",
        "narrative": "TWO VEH, NO INJ",
        "lang": "en",
        "persons": [{"name": "INVENTED, PERSON"}],
        "vehicles": [{"plate": "0INV123"}],
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not ...}


def line(**changes: Any) -> bytes:
    """One line of the plain feed, with its end."""
    return orjson.dumps(raw(**changes)) + b"\n"


def report(**changes: Any) -> Report:
    """One report as a vendor's code makes it."""
    fields = {"source_id": "26-004711", "version": 1, "occurred_at": datetime(2026, 2, 1, 7, 59, tzinfo=UTC), **changes}
    return Report(**fields)


def agency(agency_id: str = "calexico_pd", **changes: Any) -> AgencyRow:
    """One row of the registry."""
    return agency_row({"agency_id": agency_id, "country": "USA", **changes}, "test")
