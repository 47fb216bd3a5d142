"""Types of the fields in an agreement's file: an unknown word is an error, because a misread rule is a leak."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

from schemas.codes.offenses import CONCEPTS
from schemas.search_document import FIELD_GROUPS
from schemas.strict import known_in, matching

AUDIENCE = re.compile(r"[a-z0-9_]+(?:-[a-z_][a-z0-9_]*)+")
"""Every audience's name has a hyphen and no agency's id has one, so neither can be mistaken for the other."""
AREA = re.compile(r"(US|MX)-[A-Z]{2,3}|US-[A-Z]{2}/[A-Z][A-Za-z .'-]*|[A-Z]{3}")
"""A state, a county or a sector; nothing is shared in an area in which no report lies."""
ANYWHERE = "anywhere"
FAMILIES = frozenset(concept.family for concept in CONCEPTS.values())


def _utc_ms(value: Any) -> int:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise ValueError("must be a time with its offset, such as 2025-11-06T00:00:00-08:00")
    return int(value.astimezone(UTC).timestamp() * 1000)


UtcMs = Annotated[int, BeforeValidator(_utc_ms)]
"""UTC milliseconds; in the file a time with its offset."""
AudienceName = Annotated[str, matching(AUDIENCE, "an audience: lower case letters, digits and _, a hyphen between")]
Area = Annotated[str, matching(AREA, "a county (US-CA/Imperial), state (MX-SON) or sector (ELC)")]
Areas = Annotated[tuple[Area, ...], BeforeValidator(lambda value: () if value == ANYWHERE else value)]
Country = Annotated[str, matching(re.compile("[A-Z]{3}"), "a country code of ISO 3166-1 alpha-3")]
Family = Annotated[str, known_in(FAMILIES)]
ConceptName = Annotated[str, known_in(CONCEPTS)]
FieldGroup = Annotated[str, known_in(FIELD_GROUPS)]
