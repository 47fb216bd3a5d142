"""Identifiers of reports, incidents, views, inquiries and document versions; pure, and never to change."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable

INTERNAL = "internal"
_REVISIONS = 2**40


def report_id(agency_id: str, local_incident_id: str) -> str:
    """Return the id of a report: `agency:source_id`."""
    return f"{agency_id}:{local_incident_id}"


def incident_uid(country: str, agency_id: str, local_incident_id: str) -> str:
    """Return the incident tracking id of EIDO (NENA-STA-021); `country` is ISO 3166-1 alpha-3, '' if unknown."""
    return f"urn:incident:{country or 'ZZZ'}:{agency_id}:{local_incident_id}"


def _short(digest: bytes) -> str:
    # The first 20 bytes give the same 26 characters as all of them, in half the time.
    return base64.b32encode(digest[:20]).decode().lower()[:26]


def incident_id(report_ids: Iterable[str]) -> str:
    """Return the id of the incident of these reports: 130 bits of the SHA-256 of the smallest id in byte order."""
    smallest = min(report_ids, key=str.encode)
    return "i" + _short(hashlib.sha256(smallest.encode()).digest())


def inquiry_id(report_id: str, subject: str, service: str) -> str:
    """Return the id of an inquiry about a person in a report; the same inquiry always has the same id."""
    return "l" + _short(hashlib.sha256(json.dumps([report_id, subject, service]).encode()).digest())


def audience_secret(master: bytes, audience: str) -> bytes:
    """Return the secret of an audience: 32 bytes, HMAC-SHA-256 of its name under the `master` key."""
    return hmac.digest(master, audience.encode(), "sha256")


def pair_key(left: str, right: str) -> bytes:
    """Return the key of a pair of reports in either order: a JSON list, the smaller id in byte order first.

    A source's own number may contain any character, so a separator between two ids could give two pairs one key.
    """
    ordered = sorted((left, right), key=str.encode)
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":")).encode()


def view_id(secret: bytes, visible_report_ids: Iterable[str]) -> str:
    """Return the id of a view: 130 bits of the HMAC-SHA-256 of its smallest visible report id.

    The key is the audience's secret, so two audiences cannot compare ids, and a hidden member leaves no trace in them.
    """
    smallest = min(visible_report_ids, key=str.encode)
    return "v" + _short(hmac.digest(secret, smallest.encode(), "sha256"))


def document_version(generation: int, revision: int) -> int:
    """Return Elasticsearch's external version: generation x 2^40 + revision. Raises: ValueError out of range."""
    if generation < 1 or not 0 < revision < _REVISIONS:
        raise ValueError(f"no document version for generation {generation}, revision {revision}")
    return generation * _REVISIONS + revision
