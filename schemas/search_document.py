"""The search document: the contract between the release stage, which writes it, and the sink, which indexes it.

One document per incident and audience; `_id` is the view's id. Both the embedded and the full Elasticsearch have these
field types. Text is folded in Python (`schemas.folding`), because the embedded
server has no language analyzers.
"""

from dataclasses import dataclass
from typing import Literal

FieldType = Literal["keyword", "text", "date", "geo_point", "integer", "stored"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the document: its index type ('stored': kept, but not searchable) and its meaning."""

    type: FieldType
    doc: str


FIELDS: dict[str, Field] = {
    "state": Field("keyword", "ACTIVE, CANCELLED; MERGED, WITHDRAWN, PURGED are tombstones that no query returns"),
    "into": Field("keyword", "tombstone of a merged view: the view that it redirects to"),
    "traffic": Field("keyword", "ACTUAL, EXERCISE, TEST"),
    "occurred_at": Field("date", "start of the incident, epoch milliseconds UTC, of the leading report"),
    "updated_at": Field("date", "newest update of any visible report, epoch milliseconds UTC"),
    "location": Field("geo_point", "{lat, lon} of the leading report that has coordinates"),
    "precision": Field("keyword", "what these coordinates locate"),
    "address": Field("stored", "of the leading report, as the source wrote it"),
    "offense": Field("keyword", "concepts of the offense taxonomy in the visible reports"),
    "offense_family": Field("keyword", "families of these concepts"),
    "nibrs": Field("keyword", "FBI NIBRS offense codes"),
    "apco": Field("keyword", "APCO ANS 2.103 incident types"),
    "cnie": Field("keyword", "CNIE v3 codes"),
    "offense_system": Field("keyword", "code lists of the visible reports"),
    "offense_code": Field("keyword", "the agencies' own codes"),
    "offense_text": Field("keyword", "the agencies' own texts, folded"),
    "side": Field("keyword", "sides of the border: US, MX; of the reports that count, as all place fields are"),
    "admin1": Field("keyword", "states, ISO 3166-2"),
    "county": Field("keyword", "US counties"),
    "nearest": Field("keyword", "nearest places of the gazetteer"),
    "port_of_entry": Field("keyword", "codes of the nearest ports of entry"),
    "sector": Field("keyword", "Border Patrol sectors"),
    "corridor": Field("keyword", "crossing corridors"),
    "checkpoint": Field("keyword", "checkpoints named in reports"),
    "flow_direction": Field("keyword", "NORTHBOUND, SOUTHBOUND, LATERAL where a report states it"),
    "commodities": Field("keyword", "drugs, migrants, firearms, cash, other where a report states them"),
    "agencies": Field("keyword", "agencies whose visible reports count"),
    "report_ids": Field("keyword", "all visible reports, agency:source_id, cancelled ones too"),
    "report_count": Field("integer", "visible reports that are not cancelled"),
    "languages": Field("keyword", "BCP 47, of the narratives"),
    "plates": Field("keyword", "license plates of the reports that count, where this audience sees vehicles"),
    "names": Field("keyword", "folded name parts and digits of birth of persons, where this audience sees persons"),
    "wanted_by": Field("keyword", "lookouts: reports that count whose agency looks for a person or a vehicle"),
    "wanted_plates": Field("keyword", "license plates of these"),
    "wanted_names": Field("keyword", "as `names`, of persons in these of whom an offense is stated"),
    "flags": Field("keyword", "what intake noticed in the visible reports"),
    "disagree": Field("keyword", "names of `values` on which the reports that count conflict"),
    "text": Field("text", "search tokens of the visible reports that count, see `language.search_text`"),
    "values": Field("stored", "field -> {value, report_id, because, others: [{value, report_id}]}; see VALUES"),
    "decisions": Field("stored", "PairDecisions of a visible report here with any visible report, ordered by pair"),
    "history": Field("stored", "report id -> [{version, action, status, offense_code, updated_at, published_at}]"),
    "reports": Field("stored", "the visible reports: see REPORT_FIELDS"),
    "vetting": Field("keyword", "levels of vetting without which this audience would see less"),
    "pointers": Field("stored", "[{agency, contact, cautions}] of reports linked to these: whom to call, nothing more"),
}

REPORT_FIELDS: dict[str, str] = {
    "report_id": "agency:source_id",
    "agency": "agency id",
    "source_id": "the agency's own number",
    "version": "newest version",
    "action": "NEW, UPDATE, CANCEL, CLOSE, REOPEN",
    "status": "state as the agency sees it; CANCELLED or UNFOUNDED: contributes no values and no counts",
    "cancel_reason": "why it was cancelled",
    "traffic": "ACTUAL, EXERCISE, TEST",
    "occurred_at": "epoch milliseconds UTC",
    "occurred_precision_s": "width of that time, seconds",
    "updated_at": "epoch milliseconds UTC",
    "published_at": "CreateTime in Kafka, epoch milliseconds UTC",
    "lat": "WGS 84 degrees",
    "lon": "WGS 84 degrees",
    "precision": "what the coordinates locate",
    "address": "as the source wrote it",
    "offense": "{system, code, text} as the source gave them; {concept, family, nibrs, apco, cnie, mapped_by} beside",
    "place": "{side, state, county, nearest, port_of_entry, port_distance_m, border_distance_m, sector, corridor, "
    "checkpoint, jurisdiction}, empty ones left out",
    "flow": "{direction, commodities}, where the report states them",
    "language": "BCP 47 of the narratives",
    "match": "the values it is compared by, empty ones left out",
    "narratives": "[{lang, text}]",
    "persons": "as the source gave them, empty fields left out",
    "vehicles": "as the source gave them, empty fields left out",
    "handling": "as the source gave it; missing: the registry's default",
    "flags": "what intake noticed",
    "cautions": "officer safety cautions, as the source gave them",
    "weapons": "as the source gave them, empty fields left out",
    "trafficking": "elements of trafficking that the source states, true or false: force, fraud, coercion, "
    "commercial_sex, labour, transport_only",
    "withheld": "field groups that an agreement withholds from this audience",
}

FIELD_GROUPS: dict[str, tuple[str, ...]] = {
    "time": ("occurred_at", "occurred_precision_s"),
    "place": ("lat", "lon", "precision", "address"),
    "area": ("place",),
    "offense": ("offense", "trafficking"),
    "flow": ("flow",),
    "narrative": ("narratives", "language", "cancel_reason"),
    "persons": ("persons",),
    "vehicles": ("vehicles",),
    "firearms": ("weapons",),
    "cautions": ("cautions",),
}
"""What an agreement can withhold together: field group -> fields of a report."""
ALWAYS_SHOWN = (
    "report_id",
    "agency",
    "source_id",
    "version",
    "action",
    "status",
    "traffic",
    "updated_at",
    "published_at",
)
"""Fields of every report of which anything is shown; all others, among them `match` and `handling`, need a full one."""

VALUES: dict[str, str] = {
    "occurred_at": "epoch milliseconds UTC",
    "location": "{lat, lon}",
    "address": "as the report states it",
    "offense": "concept of the taxonomy, else the agency's own text",
    "side": "side of the border",
}
"""Values of an incident taken from one report (survivorship): the most precise, then newest, then smaller report id."""
