"""How reports, incidents, views, look-ups and document versions are named; pure, and the same for ever."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable

INTERNAL = "internal"
_REVISIONS = 2**40


def report_id(agency_id: str, local_incident_id: str) -> str:
    """Name a report: `agency:source_id`."""
    return f"{agency_id}:{local_incident_id}"


def incident_uid(country: str, agency_id: str, local_incident_id: str) -> str:
    """Give EIDO's incident tracking id; `country` is ISO 3166-1 alpha-3 or '' where it is not told."""
    return f"urn:incident:{country or 'ZZZ'}:{agency_id}:{local_incident_id}"


def _short(digest: bytes) -> str:
    # 20 bytes give the same 26 characters as all of them, in half the time.
    return base64.b32encode(digest[:20]).decode().lower()[:26]


def incident_id(report_ids: Iterable[str]) -> str:
    """Name the incident of these reports after the smallest of them in byte order (130 bits of its SHA-256)."""
    smallest = min(report_ids, key=str.encode)
    return "i" + _short(hashlib.sha256(smallest.encode()).digest())


def inquiry_id(report_id: str, subject: str, service: str) -> str:
    """Name the request of a look-up about a person in a report: asked again, it has the same name."""
    return "l" + _short(hashlib.sha256(json.dumps([report_id, subject, service]).encode()).digest())


def audience_secret(master: bytes, audience: str) -> bytes:
    """Derive the secret of one audience: 32 bytes of HMAC-SHA-256 of its name."""
    return hmac.digest(master, audience.encode(), "sha256")


def pair_key(left: str, right: str) -> bytes:
    """Give the key of a pair of reports, whichever is named first: a JSON list, the smaller in byte order first.

    A source's own number may hold any character, so that joining two ids by one could give two pairs the same key.
    """
    ordered = sorted((left, right), key=str.encode)
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":")).encode()


def view_id(secret: bytes, visible_report_ids: Iterable[str]) -> str:
    """Name a view after the smallest report that its audience may see, keyed with that audience's secret.

    So two audiences cannot compare ids, and a hidden member leaves no trace in them.
    """
    smallest = min(visible_report_ids, key=str.encode)
    return "v" + _short(hmac.digest(secret, smallest.encode(), "sha256"))


def document_version(generation: int, revision: int) -> int:
    """Give Elasticsearch's external version: generation x 2^40 + revision. Raises: ValueError beyond these bounds."""
    if generation < 1 or not 0 < revision < _REVISIONS:
        raise ValueError(f"no document version for generation {generation}, revision {revision}")
    return generation * _REVISIONS + revision
