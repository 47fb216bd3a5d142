"""Reads what the sink wrote, as one audience; every reading names its audience, and stubs are never given out."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from schemas.errors import PipelineError
from schemas.records import STUBS
from sinks import search
from sinks.index import Hit, NoAudience, SearchableIndex
from sinks.versions import alias, is_audience

PAGE = 2000
ASSIGNMENT_FIELDS = ["reports.report_id", "reports.agency", "reports.source_id", "reports.version", "reports.status"]
_MOST_REDIRECTS = 100


class NotFound(PipelineError):
    """Nothing of that name is open to this audience."""


class Reading:
    """What `audience` may read. Raises: NoAudience, from every method, when there is nothing open under that name."""

    def __init__(self, index: SearchableIndex, audience: str) -> None:
        # A wildcard or a list of names would read other audiences.
        if not is_audience(audience):
            raise NoAudience
        self._index, self._name = index, alias(audience)

    async def find(self, query: search.Query) -> dict[str, Any]:
        """Give total, hits and facets of a query."""
        return search.told(await self._index.search(self._name, search.body(query)))

    async def show(self, name: str) -> Hit:
        """Give an incident by its id, or by the id of one of its reports; what was merged leads to what it is now.

        Raises: NotFound.
        """
        hit = await self._index.get(self._name, name)
        for _ in range(_MOST_REDIRECTS):
            if hit is None or hit.source["state"] not in STUBS or "into" not in hit.source:
                break
            hit = await self._index.get(self._name, hit.source["into"])
        if hit is None and ":" in name:
            answer = await self._index.search(self._name, search.by_report(name))
            hit = next((Hit(one["_id"], one["_source"]) for one in answer["hits"]["hits"]), None)
        if hit is None or hit.source["state"] in STUBS:
            raise NotFound("there is no such incident or report, or it is not open to you")
        return hit

    async def incidents(self, write: Callable[[list[dict[str, Any]]], None]) -> None:
        """Give `write` every incident, page by page, in the byte order of its smallest report id."""
        async with aclosing(self._index.pages(self._name, search.every(True), PAGE)) as pages:
            async for page in pages:
                write([{"id": hit.id, **hit.source} for hit in page])

    async def assignments(self, write: Callable[[list[dict[str, Any]]], None]) -> None:
        """Give `write` one row for each report, page by page, in the same order: which incident it is in."""
        async with aclosing(self._index.pages(self._name, search.every(ASSIGNMENT_FIELDS), PAGE)) as pages:
            async for page in pages:
                write([row for hit in page for row in _rows(hit)])


def _rows(hit: Hit) -> list[dict[str, Any]]:
    reports = sorted(hit.source["reports"], key=lambda report: str(report["report_id"]).encode())
    return [
        {
            "agency": report["agency"],
            "source_id": report["source_id"],
            "version": report["version"],
            "incident_id": hit.id,
            "status": report["status"],
        }
        for report in reports
    ]
