"""One-line records: invented, and nothing of a person in them."""

from typing import Any, cast

import orjson

from schemas.records.incident import ReleasedIncident

PUBLISHED_AT = 1_767_570_000_000


def released(**fields: Any) -> ReleasedIncident:
    """A ReleasedIncident; `fields` replace its own."""
    record: dict[str, Any] = {
        "audience": "internal",
        "view_id": "i1",
        "incident_id": "i1",
        "domain": 0,
        "generation": 1,
        "revision": 1,
        "state": "ACTIVE",
        "into": None,
        "published_at": PUBLISHED_AT,
        "document": b'{"state":"ACTIVE"}',
    }
    return cast(ReleasedIncident, {**record, **fields})


def report(number: int, **fields: Any) -> dict[str, Any]:
    """A report as it stands in `reports` of a document."""
    return {
        "report_id": f"el_paso_pd:26-{number:06d}",
        "agency": "el_paso_pd",
        "source_id": f"26-{number:06d}",
        "version": 1,
        "action": "NEW",
        "status": "ACTIVE",
        "traffic": "ACTUAL",
        "occurred_at": PUBLISHED_AT + number,
        "occurred_precision_s": 60,
        "updated_at": PUBLISHED_AT + number,
        "published_at": PUBLISHED_AT + number,
        "offense": {"system": "ten", "code": "10-50", "text": "MAJOR ACCIDENT"},
        "narratives": [{"lang": "en", "text": "two vehicles, minor damage"}],
        "flags": [],
        **fields,
    }


def document(*reports: dict[str, Any], **fields: Any) -> bytes:
    """The search document of one incident made of `reports`."""
    made = {
        "state": "ACTIVE",
        "traffic": "ACTUAL",
        "occurred_at": reports[0]["occurred_at"],
        "updated_at": reports[0]["updated_at"],
        "location": {"lat": 31.77, "lon": -106.48},
        "precision": "block",
        "address": "3700 BLK ASPEN HEIGHTS PKWY",
        "offense": ["traffic_crash"],
        "offense_system": ["ten"],
        "offense_code": ["10-50"],
        "offense_text": ["major accident"],
        "agencies": sorted({report["agency"] for report in reports}),
        "report_ids": sorted(report["report_id"] for report in reports),
        "report_count": len(reports),
        "languages": ["en"],
        "text": "10-50 major accident two vehicles, minor damage",
        "reports": list(reports),
        **fields,
    }
    return orjson.dumps(made)
