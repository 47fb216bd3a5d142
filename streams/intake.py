"""Intake: decode a report, check who speaks, take out what cannot be believed, make its document once."""

import hashlib
from collections.abc import Callable, Container, Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson

from schemas import wire
from schemas.errors import Reason, Rejected
from schemas.identity import report_id
from schemas.language import search_text
from schemas.records import IDLE, AgencyRow, EnrichedReport, Enrichment, Offense, SourcePosition
from schemas.tables import tables_version
from schemas.topics import DECISIONS, ENRICHED_REPORTS, INCIDENT_REPORTS, REPORT_TOPIC_PATTERN, agency_of, spread
from streams import enrich, offense
from streams.normalize.keys import keys
from streams.report_document import document
from streams.stage import Output, Record, Refusal, Result, Stage, State
from streams.versions import purged

LONGEST_ID = 128
LONGEST_TEXT = 32_768
MOST_ITEMS = 200
EARLIEST = -2_208_988_800_000
"""1900-01-01 in UTC milliseconds: no dispatch record is older."""
FUTURE_MS = 300_000

_NOT_CONTENT = ("event_id", "supersedes_event_id", "provenance")
_COUNTED = ("persons", "vehicles", "weapons", "drugs", "cash", "cautions", "narratives", "links_claimed", "units")

_NO_AGENCY = Rejected(Reason.AGENCY_UNKNOWN, "agency.agency_id", "the topic's agency is not in the registry")

Agencies = Callable[[str], AgencyRow | None]


class Flag(StrEnum):
    """What intake noticed in a report that it let through; the value in question is left out of the document."""

    NO_TIME = "no_time"
    TIME_UNBELIEVABLE = "time_unbelievable"
    TIME_IN_FUTURE = "time_in_future"
    TIME_AMBIGUOUS = "time_ambiguous"
    NO_COORDINATES = "no_coordinates"
    COORDINATES_UNBELIEVABLE = "coordinates_unbelievable"
    OFFENSE_UNMAPPED = "offense_unmapped"
    """The agency's code and words are in no table: the list of codes to map is made from it."""
    TRAFFICKING_DISPUTED = "trafficking_disputed"
    """The elements that the report states contradict its code: trafficking or smuggling, a person has to look."""


def content_sha256(report: Mapping[str, Any]) -> bytes:
    """Hash what a report says, without how it was sent: canonical JSON, sorted keys."""
    content = {name: value for name, value in report.items() if name not in _NOT_CONTENT}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def refuse(report: Mapping[str, Any], agency_id: str) -> Rejected | None:
    """Say why a decoded report is not taken; None when it is."""
    said = report["agency"]["agency_id"]
    if said != agency_id:
        return Rejected(Reason.AGENCY_MISMATCH, "agency.agency_id", "the report names another agency than its topic")
    if not 0 < len(report["local_incident_id"]) <= LONGEST_ID:
        return Rejected(Reason.BAD_VALUE, "local_incident_id", f"1 to {LONGEST_ID} characters")
    if report["sequence"] < 1:
        return Rejected(Reason.BAD_VALUE, "sequence", "versions count from 1")
    for name in _COUNTED:
        if len(report[name]) > MOST_ITEMS:
            return Rejected(Reason.TOO_LARGE, name, f"at most {MOST_ITEMS} of them")
    if sum(len(narrative["text"]) for narrative in report["narratives"]) > LONGEST_TEXT:
        return Rejected(Reason.TOO_LARGE, "narratives.text", f"at most {LONGEST_TEXT} characters in all")
    return None


def believable_time(report: Mapping[str, Any], now: int, flags: list[str]) -> int | None:
    """Give the report's time where it can be believed, noting in `flags` why not."""
    occurred: int | None = report["occurred_from"]
    if occurred is None:
        flags.append(Flag.NO_TIME)
        return None
    if not EARLIEST <= occurred <= now + 366 * 86_400_000:
        flags.append(Flag.TIME_UNBELIEVABLE)
        return None
    if occurred > now + FUTURE_MS:
        flags.append(Flag.TIME_IN_FUTURE)
    if report["occurred_ambiguous"]:
        flags.append(Flag.TIME_AMBIGUOUS)
    return occurred


def believable_place(report: Mapping[str, Any], flags: list[str]) -> tuple[float | None, float | None]:
    """Give latitude and longitude, degrees WGS 84, where they can be believed, noting in `flags` why not."""
    lat, lon = report["location"]["lat"], report["location"]["lon"]
    if lat is None or lon is None:
        flags.append(Flag.NO_COORDINATES)
        return None, None
    # (0, 0) is what a missing geocode looks like; the second test is false for NaN as well.
    if (lat == 0 and lon == 0) or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        flags.append(Flag.COORDINATES_UNBELIEVABLE)
        return None, None
    return lat, lon


def enrichment(report: Mapping[str, Any], agency: AgencyRow, now: int) -> Enrichment:
    """Make what resolving needs of a report that was taken."""
    flags: list[str] = []
    occurred = believable_time(report, now, flags)
    lat, lon = believable_place(report, flags)
    found = offense.classify(report)
    if offense.unmapped(report, found):
        flags.append(Flag.OFFENSE_UNMAPPED)
    if offense.disputed(report, found):
        flags.append(Flag.TRAFFICKING_DISPUTED)
    compared = keys(report)
    return {
        "occurred_from": occurred,
        "occurred_precision_s": report["occurred_precision_s"],
        "updated_at": report["updated_at"],
        "lat": lat,
        "lon": lon,
        "precision": report["location"]["precision"],
        "flags": flags,
        "tables_version": tables_version(),
        "language": enrich.language(report),
        "offense": found,
        "place": enrich.place(report["location"], agency, lat, lon),
        "flow": enrich.flow(report, found["concept"], compared["words"]),
        "match": compared,
    }


def _search_text(report: Mapping[str, Any], found: Offense) -> str:
    kind = report["classification"]
    told = [(one["lang"], one["text"]) for one in report["narratives"]]
    address = report["location"]["address"]
    return search_text(address, kind["internal_text"], kind["internal_code"], found, told)


def envelope(report: Mapping[str, Any], record: Record, agency: AgencyRow, now: int) -> EnrichedReport:
    """Make the envelope that the later stages need from a report that was taken."""
    found = enrichment(report, agency, now)
    made: EnrichedReport = {
        "report_id": report_id(agency["agency_id"], report["local_incident_id"]),
        "agency_id": agency["agency_id"],
        "version": report["sequence"],
        "content_sha256": content_sha256(report),
        "source": {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "timestamp": record.timestamp,
        },
        "cancelled": report["status"] in IDLE,
        "traffic": report["traffic"],
        "enrichment": found,
        "document": b"",
        "report": record.value or b"",
        "search_text": _search_text(report, found["offense"]),
    }
    made["document"] = document(report, made, found, record.timestamp)
    return made


def trace(record: Record) -> tuple[str, SourcePosition]:
    """Tell whose report this is: the agency is who the topic says."""
    return agency_of(record.topic), {"topic": record.topic, "partition": record.partition, "offset": record.offset}


def _erased(name: str, version: int, record: Record, now: int, generation: int, cause: int) -> Output:
    """Write down that a published record is of a report that was ordered to be erased."""
    agency_id, source = trace(record)
    made = purged({**source, "agency_id": agency_id, "report_id": name, "version": version}, now)
    place = made["decision_id"]
    value = wire.encode("decision", made)
    return Output(DECISIONS.at(generation), spread(place, DECISIONS), place.encode(), value, cause)


def stage(agencies: Agencies, generation: int, erased: Container[str] = ()) -> Stage:
    """Build the stage; `agencies` looks a row of the registry up and gives None for an unknown agency.

    Reports in `erased` go no further.
    """
    topic = ENRICHED_REPORTS.at(generation)

    def process(records: Sequence[Record], _: State, now: int) -> Result:
        result = Result()
        for cause, record in enumerate(records):
            agency_id = agency_of(record.topic)
            agency = agencies(agency_id)
            taken = _take(record, agency_id, agency)
            if isinstance(taken, Rejected) or agency is None:
                why = taken if isinstance(taken, Rejected) else _NO_AGENCY
                result.refusals.append(Refusal(cause, why))
                continue
            name = report_id(agency_id, taken["local_incident_id"])
            if name in erased:
                result.outputs.append(_erased(name, taken["sequence"], record, now, generation, cause))
                continue
            enriched = envelope(taken, record, agency, now)
            value = wire.encode("enriched_report", enriched)
            key = enriched["report_id"].encode()
            result.outputs.append(Output(topic, agency["match_domain"], key, value, cause))
        return result

    return Stage("intake", INCIDENT_REPORTS.name, process, trace, pattern=REPORT_TOPIC_PATTERN)


def _take(record: Record, agency_id: str, agency: AgencyRow | None) -> dict[str, Any] | Rejected:
    report = wire.decode("incident_report", record.value, wire.MAX_REPORT_BYTES)
    if isinstance(report, Rejected) or agency is None:
        return report
    return refuse(report, agency_id) or report
