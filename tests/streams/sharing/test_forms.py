"""Forms of a report: what is withheld is gone from the report before anything is derived from it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from schemas.records import codec
from schemas.search_document import FIELD_GROUPS
from streams.sharing.forms import AREA, FIELDS, KEPT, MOST, area_of, forms, redact
from tests.schemas.samples import REPORT, SAMPLES

WHOLE: Any = SAMPLES["enriched_report"]["enrichment"]
SCHEMA = json.loads(codec.newest("incident_report").text)


def test_every_field_of_a_report_is_kept_or_in_one_group() -> None:
    """A new field of the schema has to be put here, or a redacted report would show it."""
    grouped = [name for fields in FIELDS.values() for name in fields]
    (location,) = (field["type"]["fields"] for field in SCHEMA["fields"] if field["name"] == "location")

    assert FIELDS.keys() == FIELD_GROUPS.keys()
    assert len(grouped) == len(set(grouped))
    assert {*grouped, *KEPT} == {
        *(field["name"] for field in SCHEMA["fields"] if field["name"] != "location"),
        *(f"location.{field['name']}" for field in location),
    }


@pytest.mark.parametrize("group", sorted(FIELDS))
def test_a_group_is_withheld_and_nothing_else(group: str) -> None:
    left = redact(REPORT, [group])
    changed = {name for name in REPORT if name != "location" and left[name] != REPORT[name]}
    changed |= {f"location.{name}" for name, value in REPORT["location"].items() if left["location"][name] != value}

    assert changed <= set(FIELDS[group])
    assert changed, "the sample states something in each group"
    assert redact(left, [group]) == left
    codec.encode("incident_report", left)


def test_nothing_withheld_leaves_the_report_and_all_withheld_what_is_kept() -> None:
    assert redact(REPORT, []) == REPORT
    nothing = redact(REPORT, FIELDS)

    assert {name: nothing[name] for name in KEPT} == {name: REPORT[name] for name in KEPT}
    stated = nothing["location"]
    assert [value for value in stated.values() if value not in ("", None, "UNKNOWN", 0, 0.0)] == []


def test_a_report_is_not_changed_by_its_redaction() -> None:
    before = json.dumps(REPORT, default=repr)
    redact(REPORT, FIELDS)

    assert json.dumps(REPORT, default=repr) == before


def test_the_area_of_a_place_does_not_locate_the_point() -> None:
    area = area_of(WHOLE["place"])

    assert {name for name, value in area.items() if value not in ("", None)} == set(AREA)
    assert all(area[name] == WHOLE["place"][name] for name in AREA)  # type: ignore[literal-required]
    assert area.keys() == WHOLE["place"].keys()


def enriched(report: Mapping[str, Any]) -> Any:
    """An enrichment that depends on persons and flags alone."""
    return {**WHOLE, "language": "en" if report["persons"] else "", "flags": [str(len(report["vehicles"]))]}


def tokens(report: Mapping[str, Any], _: Any) -> str:
    return "told" if report["narratives"] else ""


def made(*withholdings: str) -> list[Any]:
    groups = [frozenset(each.split()) for each in withholdings]
    return forms(REPORT, enriched(REPORT), "told", groups, enriched, tokens)


def test_a_form_that_is_as_the_whole_report_but_for_flags_is_kept_by_its_name_alone() -> None:
    assert made("vehicles") == [{"withheld": ["vehicles"], "enrichment": None, "search_text": ""}]


def test_a_form_whose_tokens_or_enrichment_differ_is_kept_whole() -> None:
    narrative, persons = made("narrative", "persons")

    assert (narrative["enrichment"]["language"], narrative["search_text"]) == ("en", "")
    assert (persons["enrichment"]["language"], persons["search_text"]) == ("", "told")


def test_without_its_place_a_report_still_has_its_area_unless_that_is_withheld_too() -> None:
    place, both = made("place persons", "area persons place")

    assert place["enrichment"]["place"] == area_of(WHOLE["place"])
    assert both["enrichment"]["place"] == enriched(REPORT)["place"]


def test_forms_are_ordered_by_size_and_the_largest_beyond_the_bound_are_left_out() -> None:
    sets = ["persons narrative place", "vehicles", "persons place", "cautions", "firearms"]

    assert len(sets) == MOST + 1
    assert [each["withheld"] for each in made(*sets)] == [
        ["cautions"],
        ["firearms"],
        ["vehicles"],
        ["persons", "place"],
    ]
    assert made(*reversed(sets)) == made(*sets)
    assert made() == []
