"""The agency registry as readers need it: who an agency is, and in which country."""

from typing import cast

from schemas.records import codec
from schemas.records.agency import AgencyRow
from schemas.topics import AGENCIES
from sinks.access.ports import Topics


async def agency_rows(topics: Topics) -> dict[str, AgencyRow]:
    """Return agency id -> its row in the registry. Raises: Transient; Configuration when a row is not ours."""
    rows = await topics.newest(AGENCIES.name)
    return {
        key.decode(): cast(AgencyRow, codec.decode_trusted("agency", value)) for key, value in rows.items() if value
    }


async def countries(topics: Topics) -> dict[str, str]:
    """Return agency id -> its country. Raises: as `agency_rows`."""
    return {agency: row["country"] for agency, row in (await agency_rows(topics)).items()}
