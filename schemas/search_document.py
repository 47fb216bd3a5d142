"""The search document: the contract between release, which makes its bytes, and the sink, which indexes them.

One document per incident and audience, `_id` the view's id. Types are those that the embedded and the full
Elasticsearch both have. Text is folded here, in Python, because the embedded server has no language analyzers.
"""

import unicodedata
from dataclasses import dataclass
from typing import Literal

FieldType = Literal["keyword", "text", "date", "geo_point", "integer", "stored"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the document: its index type ('stored': kept, not searchable) and what it means."""

    type: FieldType
    doc: str


FIELDS: dict[str, Field] = {
    "state": Field("keyword", "ACTIVE, CANCELLED; MERGED, WITHDRAWN, PURGED are stubs that no query returns"),
    "into": Field("keyword", "stub of a merged view: the view that it redirects to"),
    "traffic": Field("keyword", "ACTUAL, EXERCISE, TEST"),
    "occurred_at": Field("date", "start of the incident, epoch milliseconds UTC, of the leading report"),
    "updated_at": Field("date", "newest word of any visible report, epoch milliseconds UTC"),
    "location": Field("geo_point", "{lat, lon} of the leading report that has coordinates"),
    "precision": Field("keyword", "what these coordinates stand for"),
    "address": Field("stored", "of the leading report, as it was written"),
    "offense_system": Field("keyword", "code lists of the visible reports"),
    "offense_code": Field("keyword", "the agencies' own codes"),
    "offense_text": Field("keyword", "the agencies' own words, folded"),
    "agencies": Field("keyword", "agencies whose visible reports count"),
    "report_ids": Field("keyword", "all visible reports, agency:source_id, cancelled ones too"),
    "report_count": Field("integer", "visible reports that are not cancelled"),
    "languages": Field("keyword", "BCP 47, of the narratives"),
    "flags": Field("keyword", "what intake noticed in the visible reports"),
    "text": Field("text", "offense, address and narratives of the visible reports, folded"),
    "reports": Field("stored", "the visible reports: see REPORT_FIELDS"),
}

REPORT_FIELDS: dict[str, str] = {
    "report_id": "agency:source_id",
    "agency": "agency id",
    "source_id": "the agency's own number",
    "version": "newest version",
    "action": "NEW, UPDATE, CANCEL, CLOSE, REOPEN",
    "status": "state as the agency sees it; CANCELLED or UNFOUNDED: gives no values and no counts",
    "cancel_reason": "why it was cancelled",
    "traffic": "ACTUAL, EXERCISE, TEST",
    "occurred_at": "epoch milliseconds UTC",
    "occurred_precision_s": "width of that time, seconds",
    "updated_at": "epoch milliseconds UTC",
    "published_at": "CreateTime in Kafka, epoch milliseconds UTC",
    "lat": "WGS 84 degrees",
    "lon": "WGS 84 degrees",
    "precision": "what the coordinates stand for",
    "address": "as the source wrote it",
    "offense": "{system, code, text} as the source gave them",
    "narratives": "[{lang, text}]",
    "persons": "as the source gave them, empty fields left out",
    "vehicles": "as the source gave them, empty fields left out",
    "handling": "as the source gave it; missing: the registry's default",
    "flags": "what intake noticed",
}


def fold(text: str) -> str:
    """Fold for searching: no accents, no case, compatibility forms unified. Query and index use the same."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c))).casefold()
