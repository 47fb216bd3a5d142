"""Versions of one report: which stands, what became of the others, and the history of all."""

from collections.abc import Mapping
from typing import Any, cast

import orjson

from schemas.records import codec
from schemas.records.audit import Decision
from schemas.records.incident import Member, ReportVersion

MOST_LINES = 50
"""Lines of a report's history that are kept from its beginning, and from its end."""


def seen(enriched: Mapping[str, Any]) -> ReportVersion:
    """Make the line of history of one version."""
    told = orjson.loads(enriched["document"])
    return {
        "version": enriched["version"],
        "action": told.get("action", ""),
        "status": told.get("status", ""),
        "offense_code": told.get("offense", {}).get("code", ""),
        "updated_at": enriched["enrichment"]["updated_at"],
        "published_at": enriched["source"]["timestamp"],
        "judged": enriched["judged"],
    }


def member_of(enriched: Mapping[str, Any], value: bytes) -> Member:
    """Make the member that an enriched report is of its incident."""
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
        "history": [seen(enriched)],
    }


def position_of(member: Mapping[str, Any]) -> str:
    """Name the published record behind a member: topic/partition/offset."""
    return f"{member['topic']}/{member['partition']}/{member['offset']}"


def supersede(standing: Member, new: Member) -> tuple[Member, Member | None, str]:
    """Decide between two versions of one report: (stands, falls, what the one that falls is).

    The one that falls is None when both are the same published record, delivered again. So that the order of arrival
    does not matter, of two contents of one version the one that its source emitted later stands, of one moment that of
    the greater SHA-256, of equal ones what was published first.
    """
    if position_of(standing) == position_of(new):
        return standing, None, ""
    if new["version"] != standing["version"]:
        ahead = new["version"] > standing["version"]
        return (new, standing, "SUPERSEDED") if ahead else (standing, new, "SUPERSEDED")
    if new["content_sha256"] == standing["content_sha256"]:
        earlier = (new["partition"], new["offset"]) < (standing["partition"], standing["offset"])
        return (new, standing, "REPEATED") if earlier else (standing, new, "REPEATED")
    ahead = _rank_of_content(new) > _rank_of_content(standing)
    return (new, standing, "CONFLICTING") if ahead else (standing, new, "CONFLICTING")


def _rank_of_content(member: Member) -> tuple[int, bytes]:
    emitted_at = codec.decode_trusted("enriched_report", member["enriched"])["enrichment"]["updated_at"]
    return emitted_at, member["content_sha256"]


def with_history(stands: Member, falls: Member) -> Member:
    """Give the member that stands the history of both; of one version, the line of what was published first.

    The first and the last MOST_LINES lines are kept, whatever the order in which versions come.
    """
    lines: dict[int, ReportVersion] = {}
    for line in (*stands["history"], *falls["history"]):
        known = lines.get(line["version"])
        if known is None or _rank(line) < _rank(known):
            lines[line["version"]] = line
    told = [lines[version] for version in sorted(lines)]
    told = told if len(told) <= 2 * MOST_LINES else told[:MOST_LINES] + told[-MOST_LINES:]
    return stands if told == stands["history"] else {**stands, "history": told}


def _rank(line: ReportVersion) -> tuple[int, str, str, str, int]:
    return line["published_at"], line["action"], line["status"], line["offense_code"], line["updated_at"]


def decision(kind: str, falls: Member, stands: Member, incident: str, now: int) -> Decision:
    """Write down that a published record does not stand; its id is the record's place, so a repeat counts once."""
    return _line(kind, falls, stands["version"], incident, now)


def purged(erased: Mapping[str, Any], now: int) -> Decision:
    """Write down that a published record is erased by an order: its place, agency, report and version."""
    return _line("PURGED", erased, 0, "", now)


def _line(kind: str, falls: Mapping[str, Any], standing_version: int, incident: str, now: int) -> Decision:
    return cast(
        Decision,
        {
            "decision_id": position_of(falls),
            "kind": kind,
            "agency_id": falls["agency_id"],
            "report_id": falls["report_id"],
            "other_report_id": "",
            "version": falls["version"],
            "standing_version": standing_version,
            "incident_id": incident,
            "detail": "",
            "decided_at": now,
        },
    )
