"""The search document of one view: values of the visible reports, merged, and the reports themselves, spliced in."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from schemas.search_document import fold


def _leading(reports: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Order the reports that count, newest word first; ties by report id, so that arrival does not matter."""
    return sorted(reports, key=lambda report: (-report["updated_at"], report["report_id"]))


def _first(reports: Sequence[Mapping[str, Any]], field: str) -> Any:
    return next((report[field] for report in reports if field in report), None)


def _words(report: Mapping[str, Any]) -> str:
    offense = report.get("offense", {})
    words = [offense.get("code", ""), offense.get("text", ""), report.get("address", "")]
    words += [narrative["text"] for narrative in report.get("narratives", [])]
    return " ".join(word for word in words if word)


def _distinct(values: Sequence[Any]) -> list[Any]:
    return sorted({value for value in values if value})


def document(members: Sequence[tuple[bytes, bool]], traffic: str, state: str) -> bytes:
    """Make the document of `search_document.FIELDS` from the visible members: (report's JSON, cancelled).

    A cancelled report stays among `reports` and `report_ids` but gives no values and no counts.
    """
    every = [orjson.loads(fragment) for fragment, _ in members]
    counted = _leading([report for report, (_, cancelled) in zip(every, members, strict=True) if not cancelled])
    located = next((report for report in counted if "lat" in report), None)
    offenses = [report.get("offense", {}) for report in counted]
    made = {
        "state": state,
        "traffic": traffic,
        "occurred_at": _first(counted, "occurred_at"),
        "updated_at": max(report["updated_at"] for report in every),
        "location": located and {"lat": located["lat"], "lon": located["lon"]},
        "precision": located and located["precision"],
        "address": _first(counted, "address"),
        "offense_system": _distinct([offense.get("system") for offense in offenses]),
        "offense_code": _distinct([offense.get("code") for offense in offenses]),
        "offense_text": _distinct([fold(offense.get("text", "")) for offense in offenses]),
        "agencies": _distinct([report["agency"] for report in counted]),
        "report_ids": sorted(report["report_id"] for report in every),
        "report_count": len(counted),
        "languages": _distinct([one["lang"] for report in counted for one in report.get("narratives", [])]),
        "flags": _distinct([flag for report in counted for flag in report.get("flags", [])]),
        "text": fold(" ".join(_words(report) for report in counted)),
    }
    told = {name: value for name, value in made.items() if value not in (None, "", [])}
    told["reports"] = [orjson.Fragment(fragment) for fragment, _ in members]
    return orjson.dumps(told)


def stub(state: str, into: str | None) -> bytes:
    """Make the document of a view that ended: no data, and found by no query."""
    return orjson.dumps({"state": state, "into": into} if into else {"state": state})
