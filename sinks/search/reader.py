"""Reads what the index has, as one audience; every reading names its audience, and tombstones are never shown."""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any

from schemas.errors import Denied, PipelineError
from schemas.records.incident import TOMBSTONE_STATES
from sinks.index.names import alias, is_audience
from sinks.index.port import Hit, NoAudience, ReadableIndex
from sinks.search import lookouts, unmapped_codes
from sinks.search import query as search

PAGE = 2000
ASSIGNMENT_FIELDS = ["reports.report_id", "reports.agency", "reports.source_id", "reports.version", "reports.status"]
MEMBER_FIELDS = ["reports.report_id", "reports.language"]
_KEPT = ("report_id", "agency", "offense", "occurred_at", "updated_at", "published_at")
KEPT_FIELDS = [f"reports.{name}" for name in _KEPT]
"""The fields from which the retention period of a report is counted."""
MOST_REDIRECTS = 10
MOST_NAMES = 1_000
"""Most reports in one request."""


class NotFound(PipelineError):
    """Nothing of that name is open to this audience."""

    def __init__(self) -> None:
        super().__init__("there is no such incident or report, or it is not open to you")


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident as it is now, and the former ids that led to it, the requested one first."""

    hit: Hit
    redirects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportView:
    """One report as the audience sees it, and the incident that it is in now."""

    report: dict[str, Any]
    incident: Hit


Disclose = Callable[[Mapping[str, Any], Sequence[str]], Awaitable[None]]
"""(what is asked, ids that the answer shows) -> logged; raises when that is impossible: then there is no answer."""


async def nothing_shown(question: Mapping[str, Any], ids: Sequence[str]) -> None:
    """Log nothing, for a reader of counts alone. Raises: Denied when anything would be shown."""
    raise Denied("what is shown has to be logged first")


class Reading:
    """What `audience` may read; `disclose` logs what is shown before it is returned, but not ids and counts alone.

    Nothing that `access_filter` bars is found.
    Raises: NoAudience, from every method, when there is nothing open under that name; what `disclose` raises.
    """

    def __init__(
        self,
        index: ReadableIndex,
        audience: str,
        disclose: Disclose,
        access_filter: search.AccessFilter = search.NO_FILTER,
    ) -> None:
        # A wildcard or a list of names would read other audiences.
        if not is_audience(audience):
            raise NoAudience
        self._index, self._name = index, alias(audience)
        self._disclose, self._access_filter = disclose, access_filter

    async def _search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return await self._index.search(self._name, search.filtered(body, self._access_filter))

    async def _get(self, name: str) -> Hit | None:
        hit = await self._index.get(self._name, name)
        return None if hit and self._access_filter.bars(hit.source) else hit

    async def find(self, query: search.Query) -> dict[str, Any]:
        """Return total, hits and facets of a query."""
        result = search.search_result(await self._search(search.body(query)))
        await self._disclose({"search": asdict(query)}, [hit["id"] for hit in result["hits"]])
        return result

    async def report_owners(self) -> list[dict[str, Any]]:
        """Return for every incident that `find` finds whose reports it has: to be counted, not to be shown."""
        return [hit.source for hit in await self._all(search.all_found(["agencies", "pointers.agency"]))]

    async def show(self, name: str) -> IncidentView:
        """Return an incident by its id, or by the id of one of its reports; a merged one leads to the current one.

        Raises: NotFound, also where more than MOST_REDIRECTS former ids would have to be followed.
        """
        try:
            view = await self._followed(name)
        except NotFound:
            await self._disclose({"show": name}, [])
            raise
        await self._disclose({"show": name}, [view.hit.id])
        return view

    async def _followed(self, name: str) -> IncidentView:
        redirects: list[str] = []
        # A report id has a colon, an incident id has none.
        hit = None if ":" in name else await self._get(name)
        while hit is not None and hit.source["state"] in TOMBSTONE_STATES:
            redirects.append(hit.id)
            if "into" not in hit.source or len(redirects) > MOST_REDIRECTS:
                raise NotFound
            hit = await self._get(hit.source["into"])
        if hit is None and not redirects and ":" in name:
            hit = await self._with(name)
        if hit is None:
            raise NotFound
        return IncidentView(hit, tuple(redirects))

    async def report(self, report_id: str) -> ReportView:
        """Return one report in full. Raises: NotFound, the same whether it does not exist or is not open."""
        hit = await self._with(report_id)
        for report in hit.source["reports"] if hit else ():
            if hit and report["report_id"] == report_id:
                await self._disclose({"report": report_id}, [hit.id, report_id])
                return ReportView(report, hit)
        await self._disclose({"report": report_id}, [])
        raise NotFound

    async def pair(self, left: str, right: str) -> tuple[ReportView, ReportView]:
        """Return two reports in full, the smaller id in byte order first. Raises: NotFound when either is not open."""
        smaller, greater = sorted((left, right), key=str.encode)
        return await self.report(smaller), await self.report(greater)

    async def pairs(
        self, wanted_pairs: Sequence[tuple[str, str]], fits: Callable[[ReportView, ReportView], bool], most: int
    ) -> tuple[int, list[tuple[ReportView, ReportView]]]:
        """Return how many pairs are open and fit, and the first `most` in full; the rest is not disclosed."""
        reports: dict[str, ReportView] = {}
        names = sorted({name for pair in wanted_pairs for name in pair})
        for first in range(0, len(names), MOST_NAMES):
            part = names[first : first + MOST_NAMES]
            for hit in await self._all(search.of_reports(part)):
                reports |= {report["report_id"]: ReportView(report, hit) for report in hit.source["reports"]}
        there = (pair for pair in wanted_pairs if reports.keys() >= set(pair))
        views = [(reports[left], reports[right]) for left, right in there]
        fitting = [pair for pair in views if fits(*pair)]
        shown = fitting[:most]
        ids = sorted({report_view.report["report_id"] for pair in shown for report_view in pair})
        await self._disclose({"pairs": len(shown)}, ids)
        return len(fitting), shown

    async def _with(self, report_id: str) -> Hit | None:
        answer = await self._search(search.by_report(report_id))
        return next((Hit(hit["_id"], hit["_source"]) for hit in answer["hits"]["hits"]), None)

    async def incidents(self, write: Callable[[list[dict[str, Any]]], None]) -> None:
        """Pass every incident to `write`, page by page, in the byte order of its smallest report id."""
        async with aclosing(self._pages(search.all_incidents(True))) as pages:
            async for page in pages:
                await self._disclose({"export": "incidents"}, [hit.id for hit in page])
                write([{"id": hit.id, **hit.source} for hit in page])

    async def assignments(self, write: Callable[[list[dict[str, Any]]], None]) -> None:
        """Pass one row per report to `write`, page by page, in the same order: which incident it is in."""
        async with aclosing(self._pages(search.all_incidents(ASSIGNMENT_FIELDS))) as pages:
            async for page in pages:
                write([row for hit in page for row in _rows(hit)])

    async def members(self) -> list[tuple[str, str, str]]:
        """Return (report id, incident id, language) of every report; the language is '' where none is stated."""
        members: list[tuple[str, str, str]] = []
        async with aclosing(self._pages(search.all_incidents(MEMBER_FIELDS))) as pages:
            async for page in pages:
                members += [
                    (r["report_id"], hit.id, r.get("language", "")) for hit in page for r in hit.source["reports"]
                ]
        return members

    async def reports_kept(self, shows: Callable[[Mapping[str, Any]], bool]) -> list[dict[str, Any]]:
        """Return agency, offense and times of each report that `shows` holds for; of the rest nothing is shown."""
        kept: list[dict[str, Any]] = []
        async with aclosing(self._pages(search.all_incidents(KEPT_FIELDS))) as pages:
            async for page in pages:
                shown = [report for hit in page for report in hit.source["reports"] if shows(report)]
                if shown:
                    await self._disclose({"retention": True}, [str(report["report_id"]) for report in shown])
                kept += [{name: report[name] for name in _KEPT if name in report} for report in shown]
        return kept

    async def unmapped(self) -> Counter[unmapped_codes.Code]:
        """Return how many reports have each code without a table row."""
        counts: Counter[unmapped_codes.Code] = Counter()
        async with aclosing(self._pages(search.flagged(unmapped_codes.FLAG))) as pages:
            async for page in pages:
                counts += unmapped_codes.count_codes(report for hit in page for report in hit.source["reports"])
        return counts

    async def lookout_hits(self, includes: Callable[[lookouts.LookoutHit], bool]) -> list[lookouts.LookoutHit]:
        """Return the hits on lookouts that the reader `includes`; of the rest nothing is shown."""
        looked_for = await self._all(lookouts.lookouts_query())
        seen: dict[str, Hit] = {}
        for field, values in lookouts.lookout_keys(looked_for).items():
            keys = sorted(values)
            for first in range(0, len(keys), lookouts.AT_ONCE):
                body = lookouts.matching_query(field, keys[first : first + lookouts.AT_ONCE])
                seen |= {hit.id: hit for hit in await self._all(body)}
        hits = list(filter(includes, lookouts.lookout_hits(looked_for, seen.values())))
        if hits:
            ids = sorted({name for hit in hits for name in (hit.wanted, hit.seen)})
            await self._disclose({"wanted": True}, ids)
        return hits

    async def _all(self, body: Mapping[str, Any]) -> list[Hit]:
        async with aclosing(self._pages(body)) as pages:
            return [hit async for page in pages for hit in page]

    def _pages(self, body: Mapping[str, Any]) -> AsyncGenerator[list[Hit], None]:
        return self._index.pages(self._name, search.filtered(body, self._access_filter), PAGE)


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
