"""Every text of a report in which a source can write what it likes is read for immigration status."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from schemas.agreements.criteria import criteria_from_json
from schemas.records import codec
from streams import intake
from tests.streams.fakes import NOW, agencies, published, report

TEXT = "subject is undocumented"
SCHEMA = json.loads(codec.newest("incident_report").text)
NOT_FREE = {
    # Identifiers, codes and names that the registry, the codec or a code list holds to their form.
    *("event_id", "incident_uid", "local_incident_id", "report_number", "supersedes_event_id", "source_tz"),
    *("agency.agency_id", "agency.ori", "agency.country", "agency.type", "agency.unit", "partnership_ids"),
    *("classification.code_system", "classification.apco", "classification.nibrs", "classification.cnie"),
    *("classification.method", "cautions.severity", "motion.handover_to", "flow.commodities"),
    *("location.method", "location.geometry_wkt", "location.number", "location.state"),
    *("location.postal", "location.country", "location.checkpoint_id", "location.port_of_entry"),
    *("persons.pid", "persons.roles", "persons.given", "persons.paternal", "persons.maternal", "persons.dob"),
    *("persons.age_range", "persons.sex", "persons.cui"),
    *("vehicles.relationship", "vehicles.plate", "vehicles.plate_state", "vehicles.plate_country", "vehicles.vin"),
    *("weapons.serial", "drugs.unit", "cash.amount", "cash.currency", "narratives.lang", "narratives.author_role"),
    *("links_claimed.incident_uid", "links_claimed.type", "reliability.source"),
    *("handling.tlp", "handling.cui_categories", "handling.caveats", "handling.rel_to", "handling.purposes"),
    *("handling.contact", "provenance.system", "provenance.vendor", "provenance.version", "provenance.raw_sha256"),
}


def _strings(kind: Any, path: str = "") -> Iterator[str]:
    """Name the fields of the schema that hold a string or a list of them."""
    if isinstance(kind, list):
        for one in kind:
            yield from _strings(one, path)
    elif kind == "string":
        yield path
    elif isinstance(kind, dict) and kind["type"] == "array":
        yield from _strings(kind["items"], path)
    elif isinstance(kind, dict) and kind["type"] == "record":
        for field in kind["fields"]:
            yield from _strings(field["type"], f"{path}.{field['name']}".lstrip("."))
    elif isinstance(kind, dict):
        yield from _strings(kind["type"], path) if kind["type"] == "string" else ()


def _empty(kind: Any) -> Any:
    """Return a value of a type, with one element in each list of records."""
    if isinstance(kind, list):
        return _empty(next(one for one in kind if one != "null"))
    if isinstance(kind, dict):
        match kind["type"]:
            case "record":
                return {field["name"]: _empty(field["type"]) for field in kind["fields"]}
            case "array":
                return [_empty(kind["items"])] if isinstance(kind["items"], dict) else []
            case "enum":
                return kind["default"]
            case other:
                return _empty(other)
    return {"string": "", "int": 1, "long": 1, "double": 1.0, "boolean": False}[kind]


def _with(path: str) -> dict[str, Any]:
    """Return a report with the text in one field."""
    part, _, name = path.partition(".")
    made = deepcopy(report())
    kind = next(field["type"] for field in SCHEMA["fields"] if field["name"] == part)
    value = made[part] or _empty(kind)
    if not name:
        value = [TEXT] if isinstance(value, list) else TEXT
    else:
        record = value[0] if isinstance(value, list) else value
        record[name] = [TEXT] if isinstance(record[name], list) else TEXT
    return {**made, part: value}


def _tells(made: dict[str, Any]) -> tuple[str, ...]:
    record = published(made, 0)
    row = agencies("a_pd")
    assert row is not None
    return criteria_from_json(intake.envelope(made, record, row, NOW)["judged"]).immigration_groups


@pytest.mark.parametrize("path", sorted(set(_strings(SCHEMA)) - NOT_FREE))
def test_each_free_text_is_read(path: str) -> None:
    assert _tells(report()) == ()
    assert len(_tells(_with(path))) == 1


def test_fields_that_are_not_free_are_named_as_the_schema_names_them() -> None:
    assert set(_strings(SCHEMA)) >= NOT_FREE
