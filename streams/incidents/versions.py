"""Versions of a report: which is current, what became of the others, and the history of all. Pure."""

from collections.abc import Mapping
from typing import Any, cast

import orjson

from schemas.records import codec
from schemas.records.audit import Decision
from schemas.records.incident import Member, ReportVersion

MOST_LINES = 50
"""Lines that are kept of a report's history, from its beginning and from its end each."""


def history_line(enriched: Mapping[str, Any]) -> ReportVersion:
    """Return the history line of a version."""
    report = orjson.loads(enriched["document"])
    return {
        "version": enriched["version"],
        "action": report.get("action", ""),
        "status": report.get("status", ""),
        "offense_code": report.get("offense", {}).get("code", ""),
        "updated_at": enriched["enrichment"]["updated_at"],
        "published_at": enriched["source"]["timestamp"],
        "judged": enriched["judged"],
    }


def member_of(enriched: Mapping[str, Any], value: bytes) -> Member:
    """Return an enriched report as a member of an incident; `value` is its framed record."""
    source = enriched["source"]
    return {
        "report_id": enriched["report_id"],
        "agency_id": enriched["agency_id"],
        "version": enriched["version"],
        "content_sha256": enriched["content_sha256"],
        "topic": source["topic"],
        "partition": source["partition"],
        "offset": source["offset"],
        "cancelled": enriched["cancelled"],
        "enriched": value,
        "history": [history_line(enriched)],
    }


def position_of(member: Mapping[str, Any]) -> str:
    """Return topic/partition/offset of the published record behind a member."""
    return f"{member['topic']}/{member['partition']}/{member['offset']}"


def supersede(before: Member, new: Member) -> tuple[Member, Member | None, str]:
    """Decide between two versions of a report: return the current one, the superseded one, and the decision's kind.

    The superseded one is None when both are the same published record, delivered again. So that the order of arrival
    does not matter, of two contents of one version the one with the later update time is current; at the same time, the
    one with the greater SHA-256; of equal contents, the one published first.
    """
    if position_of(before) == position_of(new):
        return before, None, ""
    if new["version"] != before["version"]:
        ahead = new["version"] > before["version"]
        return (new, before, "SUPERSEDED") if ahead else (before, new, "SUPERSEDED")
    if new["content_sha256"] == before["content_sha256"]:
        earlier = (new["partition"], new["offset"]) < (before["partition"], before["offset"])
        return (new, before, "REPEATED") if earlier else (before, new, "REPEATED")
    ahead = _rank_of_content(new) > _rank_of_content(before)
    return (new, before, "CONFLICTING") if ahead else (before, new, "CONFLICTING")


def _rank_of_content(member: Member) -> tuple[int, bytes]:
    emitted_at = codec.decode_trusted("enriched_report", member["enriched"])["enrichment"]["updated_at"]
    return emitted_at, member["content_sha256"]


def with_history(current: Member, superseded: Member) -> Member:
    """Return the current member with the history of both; for one version, the line of what was published first.

    The first and the last MOST_LINES lines are kept, whatever the order of arrival.
    """
    lines: dict[int, ReportVersion] = {}
    for line in (*current["history"], *superseded["history"]):
        known = lines.get(line["version"])
        if known is None or _rank(line) < _rank(known):
            lines[line["version"]] = line
    history = [lines[version] for version in sorted(lines)]
    history = history if len(history) <= 2 * MOST_LINES else history[:MOST_LINES] + history[-MOST_LINES:]
    return current if history == current["history"] else {**current, "history": history}


def _rank(line: ReportVersion) -> tuple[int, str, str, str, int]:
    return line["published_at"], line["action"], line["status"], line["offense_code"], line["updated_at"]


def version_decision(kind: str, superseded: Member, current: Member, incident: str, now: int) -> Decision:
    """Return the decision that a published record is not current; its id is the record's position, so it counts once.

    `now` is in UTC milliseconds.
    """
    return _decision(kind, superseded, current["version"], incident, now)


def purged(erased: Mapping[str, Any], now: int) -> Decision:
    """Return the decision that an order erased a published record: its position, agency, report and version.

    `now` is in UTC milliseconds.
    """
    return _decision("PURGED", erased, 0, "", now)


def _decision(kind: str, record: Mapping[str, Any], standing_version: int, incident: str, now: int) -> Decision:
    return cast(
        Decision,
        {
            "decision_id": position_of(record),
            "kind": kind,
            "agency_id": record["agency_id"],
            "report_id": record["report_id"],
            "other_report_id": "",
            "version": record["version"],
            "standing_version": standing_version,
            "incident_id": incident,
            "detail": "",
            "decided_at": now,
        },
    )
