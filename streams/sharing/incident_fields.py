"""The fields of an incident: values merged from all of its reports, and values that survive from one of them. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.folding import fold
from streams.sharing import survivorship

# part of a report's JSON ('' is the top level) -> [(field of the document, name in that part)]
_GATHERED: dict[str, tuple[tuple[str, str], ...]] = {
    "": (("agencies", "agency"), ("languages", "language"), ("flags", "flags")),
    "offense": (
        ("offense", "concept"),
        ("offense_family", "family"),
        ("nibrs", "nibrs"),
        ("apco", "apco"),
        ("cnie", "cnie"),
        ("offense_system", "system"),
        ("offense_code", "code"),
    ),
    "place": (
        ("side", "side"),
        ("admin1", "state"),
        ("county", "county"),
        ("nearest", "nearest"),
        ("port_of_entry", "port_of_entry"),
        ("sector", "sector"),
        ("corridor", "corridor"),
        ("checkpoint", "checkpoint"),
    ),
    "flow": (("flow_direction", "direction"), ("commodities", "commodities")),
}
_PLAIN = ("occurred_at", "location", "address")


def merged(counted: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the codes and place fields of the reports that are not cancelled: field -> its distinct values, sorted."""
    values: dict[str, list[str]] = {}
    for report in counted:
        for part, fields in _GATHERED.items():
            section = report.get(part) if part else report
            if section:
                for field, name in fields:
                    value = section.get(name)
                    if value and value != "UNKNOWN":
                        values.setdefault(field, []).extend(value if type(value) is list else (value,))
        if text := report.get("offense", {}).get("text"):
            values.setdefault("offense_text", []).append(fold(text))
        languages = values.setdefault("languages", [])
        languages.extend(narrative["lang"] for narrative in report.get("narratives", ()) if narrative["lang"])
    return {field: sorted(set(each)) if len(each) > 1 else each for field, each in values.items()}


def surviving(counted: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the surviving values; where only one report states each of them, the plain fields are enough."""
    if len(counted) == 1:
        (report,) = counted
        fields = {name: survivorship.RULES[name].value(report) for name in _PLAIN}
        return {**fields, "precision": fields["location"] and report.get("precision")}
    chosen = survivorship.choose(counted)
    fields = {name: chosen[name].value for name in _PLAIN if name in chosen}
    if "location" in chosen:
        fields["precision"] = chosen["location"].report.get("precision")
    if any(value.reason != survivorship.ONLY for value in chosen.values()):
        fields["disagree"] = survivorship.conflicts(chosen)
        fields["values"] = {
            name: {
                "value": value.value,
                "report_id": value.report["report_id"],
                "because": value.reason,
                "others": [{"value": other, "report_id": report["report_id"]} for other, report in value.others],
            }
            for name, value in chosen.items()
        }
    return fields
