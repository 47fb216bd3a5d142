"""The agency registry: checked rows, the bundled agencies, and the defaults of an unknown agency."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from typing import Annotated, Any, Literal, cast

from pydantic import Field, StrictInt, TypeAdapter

from schemas.errors import Configuration
from schemas.identity import INTERNAL
from schemas.records.agency import AgencyRow
from schemas.strict import NO_OTHER_FIELDS, TimeZone, validated
from schemas.topics import ENRICHED_REPORTS, AgencyId


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of a row; the defaults are the most restrictive values."""

    __pydantic_config__ = NO_OTHER_FIELDS
    agency_id: AgencyId
    name: str = ""
    country: str = ""
    kind: Literal["municipal", "county", "state", "federal", "fire", "unknown"] = "unknown"
    time_zone: TimeZone = "UTC"
    code_system: str = ""
    match_domain: Annotated[StrictInt, Field(ge=0, lt=ENRICHED_REPORTS.partitions)] = 0
    default_handling: dict[str, str] = field(default_factory=dict)
    ori: str = ""
    corridor: str = ""


_FIELDS = TypeAdapter(_Fields)


def agency_row(fields: Mapping[str, Any], added_by: str) -> AgencyRow:
    """Return a checked row of the registry; a missing field takes its most restrictive value.

    Raises: Configuration naming the field.
    """
    row = asdict(validated(_FIELDS, dict(fields), f"agency {fields.get('agency_id', '')}"))
    if row["agency_id"] == INTERNAL:
        raise Configuration(f"agency {INTERNAL}, agency_id: reserved for the internal audience")
    return cast(AgencyRow, {**row, "name": fields.get("name", row["agency_id"]), "added_by": added_by})


def parse(text: str) -> dict[str, AgencyRow]:
    """Return the agencies of a registry file by id. Raises: Configuration naming agency and field."""
    rows = [agency_row(fields, "bundled") for fields in tomllib.loads(text)["agency"]]
    return {row["agency_id"]: row for row in rows}


BUNDLED = parse(files("schemas").joinpath("agencies.toml").read_text())
