"""The fields that the reports of an incident give together: what all of them state, what one of them leads; pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.folding import fold
from streams.sharing import survivorship

# part of a report's JSON ('' is its top) -> [(field of the document, name in that part)]
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


def gathered(counted: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Merge codes and place fields of the reports that count: field -> its distinct values, sorted."""
    found: dict[str, list[str]] = {}
    for report in counted:
        for part, fields in _GATHERED.items():
            told = report.get(part) if part else report
            if told:
                for field, name in fields:
                    value = told.get(name)
                    if value and value != "UNKNOWN":
                        found.setdefault(field, []).extend(value if type(value) is list else (value,))
        if text := report.get("offense", {}).get("text"):
            found.setdefault("offense_text", []).append(fold(text))
        languages = found.setdefault("languages", [])
        languages.extend(one["lang"] for one in report.get("narratives", ()) if one["lang"])
    return {field: sorted(set(each)) if len(each) > 1 else each for field, each in found.items()}


def led(counted: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give the values that one report leads; where no other report has a word on any, the plain fields tell all."""
    if len(counted) == 1:
        (report,) = counted
        told = {name: survivorship.RULES[name].value(report) for name in _PLAIN}
        return {**told, "precision": told["location"] and report.get("precision")}
    chosen = survivorship.of(counted)
    told = {name: chosen[name].value for name in _PLAIN if name in chosen}
    if "location" in chosen:
        told["precision"] = chosen["location"].report.get("precision")
    if any(value.because != survivorship.ONLY for value in chosen.values()):
        told["disagree"] = survivorship.disagree(chosen)
        told["values"] = {
            name: {
                "value": value.value,
                "report_id": value.report["report_id"],
                "because": value.because,
                "others": [{"value": other, "report_id": report["report_id"]} for other, report in value.others],
            }
            for name, value in chosen.items()
        }
    return told
