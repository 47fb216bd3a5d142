"""What a user sees of what was found: a search and an incident of several agencies, each with the command it takes."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from schemas.identity import INTERNAL
from schemas.runtime.settings import Endpoints, Settings
from schemas.runtime.text_layout import align_columns
from sinks.access.session import AccessSession
from sinks.cli.session import run_at
from sinks.index.elastic import asked_once
from sinks.index.names import alias
from sinks.index.port import NoAudience
from sinks.render.incident import incident_lines
from sinks.render.results import COLUMNS, row
from sinks.search.query import Query, most_reports
from sinks.search.reader import Shown

TEXTS = ("rocks", "")
"""What is searched for: the first that finds something."""
MOST_HITS = 3
MOST_LINES = 24
LONGEST_LINE = 160
CANDIDATES = 100


def shared(hits: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a report of each incident that several agencies report, those of most agencies first."""
    sources = [hit["_source"] for hit in hits if len(hit["_source"]["agencies"]) > 1]
    sources.sort(key=lambda source: -len(source["agencies"]))
    return [str(min(source["report_ids"], key=str.encode)) for source in sources]


def command(*words: str) -> str:
    """Return a command as a user types it."""
    return f"$ .venv/bin/interagency {' '.join(words)}"


def cut(lines: list[str], most: int) -> list[str]:
    """Return the first lines, none longer than LONGEST_LINE, and how many there are more."""
    kept = [line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…" for line in lines[:most]]
    return [*kept, f"... {len(lines) - most} more lines"] if len(lines) > most else kept


async def _found(session: AccessSession, query: Query) -> dict[str, Any]:
    async with session.reading(INTERNAL) as reading:
        return await reading.find(query)


async def _incident(session: AccessSession, report_id: str) -> Shown:
    async with session.reading(INTERNAL) as reading:
        return await reading.show(report_id)


def _search(settings: Settings, services: Endpoints) -> list[str]:
    for text in TEXTS:
        query = Query(text=text, limit=MOST_HITS)
        found = run_at(settings, services, partial(_found, query=query))
        if found["hits"]:
            table = align_columns([COLUMNS, *map(row, found["hits"])])
            return [command("search", *filter(None, [text]), "--limit", str(MOST_HITS)), *cut(table, len(table))]
    return []


def _show(settings: Settings, services: Endpoints, report_id: str) -> list[str]:
    shown = run_at(settings, services, partial(_incident, report_id=report_id))
    return [command("show", report_id), *cut(incident_lines(shown.hit.id, shown.hit.source), MOST_LINES)]


def of_several(services: Endpoints, audience: str = INTERNAL) -> list[str]:
    """Return reports of incidents of several agencies that an audience sees, for examples. Raises: Transient."""
    asked = most_reports(CANDIDATES, ["agencies", "report_ids"])
    try:
        answer = asked_once(services.elasticsearch, lambda index: index.search(alias(audience), asked))
    except NoAudience:
        return []
    return shared(answer["hits"]["hits"])


def lines(settings: Settings, services: Endpoints, report_ids: Sequence[str]) -> list[str]:
    """Return what a search prints, and what `show` prints of the first of these reports, as `internal` sees it.

    It is logged like any reading. Raises: Transient.
    """
    shown = ["", *_show(settings, services, report_ids[0])] if report_ids else []
    return [*_search(settings, services), *shown]
