"""Examples for the end of the demonstration: a search and an incident of several agencies, with their commands."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.identity import INTERNAL
from schemas.runtime.settings import Endpoints
from schemas.runtime.text_layout import align_columns
from sinks.access.session import AccessSession
from sinks.index.elastic import query_once
from sinks.index.names import alias
from sinks.index.port import NoAudience
from sinks.render.incident import incident_lines
from sinks.render.results import COLUMNS, row
from sinks.search.query import Query, most_reports

TEXTS = ("rocks", "")
"""The texts to search for; the first one with hits is shown."""
MAX_HITS = 3
MAX_LINES = 24
MAX_LINE_LENGTH = 160
CANDIDATES = 100


def shared_incident_reports(hits: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a report of each incident that several agencies reported, the incidents of most agencies first."""
    sources = [hit["_source"] for hit in hits if len(hit["_source"]["agencies"]) > 1]
    sources.sort(key=lambda source: -len(source["agencies"]))
    return [str(min(source["report_ids"], key=str.encode)) for source in sources]


def shell_line(*arguments: str) -> str:
    """Return an `interagency` command as a user types it."""
    return f"$ .venv/bin/interagency {' '.join(arguments)}"


def truncate(lines: list[str], max_lines: int) -> list[str]:
    """Return the first lines, cut to MAX_LINE_LENGTH characters, and the number of further lines."""
    kept = [line if len(line) <= MAX_LINE_LENGTH else f"{line[: MAX_LINE_LENGTH - 1]}…" for line in lines[:max_lines]]
    return [*kept, f"... {len(lines) - max_lines} more lines"] if len(lines) > max_lines else kept


async def _search(session: AccessSession) -> list[str]:
    for text in TEXTS:
        async with session.reading(INTERNAL) as reading:
            result = await reading.find(Query(text=text, limit=MAX_HITS))
        if result["hits"]:
            table = align_columns([COLUMNS, *map(row, result["hits"])])
            return [shell_line("search", *filter(None, [text]), "--limit", str(MAX_HITS)), *truncate(table, len(table))]
    return []


async def _show(session: AccessSession, report_id: str) -> list[str]:
    async with session.reading(INTERNAL) as reading:
        view = await reading.show(report_id)
    return [shell_line("show", report_id), *truncate(incident_lines(view.hit.id, view.hit.source), MAX_LINES)]


async def multi_agency_reports(services: Endpoints, audience: str = INTERNAL) -> list[str]:
    """Return reports of incidents of several agencies that an audience sees. Raises: Transient."""
    query = most_reports(CANDIDATES, ["agencies", "report_ids"])
    try:
        answer = await query_once(services.elasticsearch, lambda index: index.search(alias(audience), query))
    except NoAudience:
        return []
    return shared_incident_reports(answer["hits"]["hits"])


async def lines(session: AccessSession, report_ids: Sequence[str]) -> list[str]:
    """Return what `search` prints, and what `show` prints of the first of these reports, for the audience `internal`.

    The dissemination log records it like any reading; the session is closed. Raises: Transient.
    """
    async with session:
        shown = ["", *await _show(session, report_ids[0])] if report_ids else []
        return [*await _search(session), *shown]
