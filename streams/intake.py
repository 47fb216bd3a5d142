"""Intake: decode a report, check who speaks, take out what cannot be believed, make its document once."""

import hashlib
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from schemas.agreements.criteria import SharingCriteria, criteria_of
from schemas.errors import Reason, Rejected
from schemas.identity import report_id
from schemas.records import codec
from schemas.records.agency import AgencyRow
from schemas.records.kafka_record import Record
from schemas.records.report import VOID_STATUSES, EnrichedReport, Enrichment, MatchKeys, SourcePosition
from schemas.tables.reader import tables_version
from schemas.text.analysis import narratives_of
from schemas.text.tokens import search_text
from schemas.topics import (
    DECISIONS,
    ENRICHED_REPORTS,
    INCIDENT_REPORTS,
    REPORT_TOPIC_PATTERN,
    agency_of,
    partition_for,
)
from streams.enrich import believable, classify
from streams.enrich import enrichment as enrich
from streams.enrich.believable import Flag
from streams.enrich.report_document import document
from streams.incidents.versions import purged
from streams.normalize.match_keys import keys
from streams.sharing.forms import forms
from streams.stage import Output, Refusal, Result, Stage, State

LONGEST_ID = 128
LONGEST_TEXT = 32_768
MOST_ITEMS = 200

_NOT_CONTENT = ("event_id", "supersedes_event_id", "provenance")
_COUNTED = ("persons", "vehicles", "weapons", "drugs", "cash", "cautions", "narratives", "links_claimed", "units")

_NO_AGENCY = Rejected(Reason.AGENCY_UNKNOWN, "agency.agency_id", "the topic's agency is not in the registry")

Agencies = Callable[[str], AgencyRow | None]
Withholdings = Callable[[SharingCriteria], Iterable[frozenset[str]]]
"""What a report is judged by -> the sets of field groups that agreements can withhold from it."""


def content_sha256(report: Mapping[str, Any]) -> bytes:
    """Hash what a report says, without how it was sent: canonical JSON, sorted keys."""
    content = dict(report)
    for name in _NOT_CONTENT:
        content.pop(name, None)
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def refuse(report: Mapping[str, Any], agency_id: str) -> Rejected | None:
    """Return why a decoded report is not taken; None when it is."""
    stated = report["agency"]["agency_id"]
    if stated != agency_id:
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


def enrichment(report: Mapping[str, Any], agency: AgencyRow, received: int) -> Enrichment:
    """Make what resolving needs of a report that was taken; Kafka got it at `received`, UTC milliseconds."""
    flags: list[str] = []
    occurred, width = believable.occurred_from(report, received, flags), believable.width_s(report, flags)
    updated = believable.updated_at(report, received, flags)
    lat, lon = believable.coordinates(report, flags)
    heading = believable.heading_deg(report, flags)
    narratives = narratives_of(report)
    offense = classify.classify(report)
    if classify.unmapped(report, offense):
        flags.append(Flag.OFFENSE_UNMAPPED)
    if classify.disputed(report, offense):
        flags.append(Flag.TRAFFICKING_DISPUTED)
    compared: MatchKeys = {**keys(report, narratives), "heading_deg": heading}
    return {
        "occurred_from": occurred,
        "occurred_precision_s": width,
        "updated_at": updated,
        "lat": lat,
        "lon": lon,
        "precision": report["location"]["precision"],
        "flags": flags,
        "tables_version": tables_version(),
        "language": enrich.language(report, narratives),
        "offense": offense,
        "place": enrich.place(report["location"], agency, lat, lon),
        "flow": enrich.flow(report, offense["concept"], compared["words"]),
        "match": compared,
    }


def _search_text(report: Mapping[str, Any], enriched: Enrichment) -> str:
    kind, address, narratives = report["classification"], report["location"]["address"], narratives_of(report)
    return search_text(address, kind["internal_text"], kind["internal_code"], enriched["offense"], narratives)


def envelope(
    report: Mapping[str, Any], record: Record, agency: AgencyRow, now: int, withholdings: Withholdings | None = None
) -> EnrichedReport:
    """Return the envelope that the later stages need of an accepted report; `now` in UTC milliseconds."""
    received = believable.received_at(record.timestamp, now)
    enriched = enrichment(report, agency, received)
    reported: EnrichedReport = {
        "report_id": report_id(agency["agency_id"], report["local_incident_id"]),
        "agency_id": agency["agency_id"],
        "version": report["sequence"],
        "content_sha256": content_sha256(report),
        "source": {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "timestamp": received,
        },
        "cancelled": report["status"] in VOID_STATUSES,
        "traffic": report["traffic"],
        "enrichment": enriched,
        "document": b"",
        # Nobody reads it behind here: the document has all that is shown, the agency's topic the bytes.
        "report": b"",
        "search_text": _search_text(report, enriched),
        "forms": [],
        "judged": "",
    }
    reported["document"] = document(report, reported, enriched, received)
    by = criteria_of(agency["agency_id"], _judged_by(report, enriched))
    reported["judged"] = by.to_json()
    withheld = withholdings(by) if withholdings else ()
    if withheld:
        enrich_form = partial(enrichment, agency=agency, received=received)
        reported["forms"] = forms(report, enriched, reported["search_text"], withheld, enrich_form, _search_text)
    return reported


def _judged_by(report: Mapping[str, Any], enriched: Enrichment) -> dict[str, Any]:
    """Return what of a report's JSON agreements judge it by."""
    kind = report["classification"]
    stated = {name: kind[name] for name in ("elements", "focus_crimes")}
    return {
        "handling": report["handling"],
        "persons": report["persons"],
        "narratives": report["narratives"],
        "cancel_reason": report["cancel_reason"],
        "links_claimed": report["links_claimed"],
        "units": report["units"],
        "location": report["location"],
        "vehicles": report["vehicles"],
        "weapons": report["weapons"],
        "drugs": report["drugs"],
        "cautions": report["cautions"],
        "offense": {
            **enriched["offense"],
            **stated,
            "code": kind["internal_code"],
            "text": kind["internal_text"],
            "disposition": report["disposition"],
        },
        "place": enriched["place"],
    }


def trace(record: Record) -> tuple[str, SourcePosition]:
    """Return whose report this is: the agency is who the topic says."""
    return agency_of(record.topic), {"topic": record.topic, "partition": record.partition, "offset": record.offset}


def _erased(name: str, version: int, record: Record, now: int, generation: int, cause: int) -> Output:
    """Write down that a published record is of a report that was ordered to be erased."""
    agency_id, source = trace(record)
    decision = purged({**source, "agency_id": agency_id, "report_id": name, "version": version}, now)
    place = decision["decision_id"]
    value = codec.encode("decision", decision)
    return Output(DECISIONS.at(generation), partition_for(place, DECISIONS), place.encode(), value, cause)


def stage(
    agencies: Agencies, generation: int, erased: Container[str] = (), withholdings: Withholdings | None = None
) -> Stage:
    """Build the stage; `agencies` looks a row of the registry up and gives None for an unknown agency.

    Reports in `erased` go no further: those of final purges, as a hold may still come before any other takes effect.
    A form of each report is made for each of its `withholdings`.
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
            enriched = envelope(taken, record, agency, now, withholdings)
            value = codec.encode("enriched_report", enriched)
            key = enriched["report_id"].encode()
            result.outputs.append(Output(topic, agency["match_domain"], key, value, cause))
        return result

    return Stage("intake", INCIDENT_REPORTS.name, process, trace, pattern=REPORT_TOPIC_PATTERN)


def _take(record: Record, agency_id: str, agency: AgencyRow | None) -> dict[str, Any] | Rejected:
    report = codec.decode("incident_report", record.value, codec.MAX_REPORT_BYTES)
    if isinstance(report, Rejected) or agency is None:
        return report
    return refuse(report, agency_id) or report
