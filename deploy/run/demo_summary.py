"""For the end of the demonstration: what each partnership's audiences find, and whose reports it is."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from schemas.agreements import Audience
from schemas.runtime.settings import Endpoints
from schemas.runtime.text_layout import align_columns
from sinks.access.check import check_access
from sinks.access.current_orders import current_orders
from sinks.index.elastic import Elastic
from sinks.index.port import NoAudience
from sinks.search.reader import Reading, nothing_shown

TITLE = "what each partnership's audiences find, as its memorandum allows, and whose reports it is:"
HEAD = ("audience", "incidents", "own reports only", "own and others'", "others' only", "pointers", "command")
LEGEND = (
    "own: reports of the agencies that read as this audience",
    "pointers: incidents that name an agency to call, which has a report of which nothing else is shown",
)


class OwnerCounts(NamedTuple):
    """Numbers of incidents by owner of their reports: the audience's own agencies, its own and others, others only.

    `pointers` counts those of any kind that name an agency to call about a report of which nothing else is shown.
    """

    own: int = 0
    both: int = 0
    others: int = 0
    pointers: int = 0

    @property
    def total(self) -> int:
        """Return the number of all incidents."""
        return self.own + self.both + self.others


def count_by_owner(incidents: Iterable[Mapping[str, Any]], readers: Collection[str]) -> OwnerCounts:
    """Count incidents by whose reports they contain; `readers` are the audience's own agencies."""
    own = both = others = pointers = 0
    for incident in incidents:
        agencies = set(incident.get("agencies", ()))
        own += agencies <= set(readers)
        both += not agencies <= set(readers) and not agencies.isdisjoint(readers)
        others += not agencies <= set(readers) and agencies.isdisjoint(readers)
        pointers += bool(incident.get("pointers"))
    return OwnerCounts(own, both, others, pointers)


async def _count_incidents(services: Endpoints, now: int) -> list[tuple[Audience, OwnerCounts]]:
    index, (orders, custody) = Elastic(services.elasticsearch), await current_orders(services.kafka)
    rows: list[tuple[Audience, OwnerCounts]] = []
    try:
        for agreement in orders.agreements.values():
            for audience in agreement.audiences:
                try:
                    barred = check_access(audience.name, audience.purposes[0], orders, custody, now)
                    sources = await Reading(index, audience.name, nothing_shown, barred).report_owners()
                    rows.append((audience, count_by_owner(sources, audience.readers)))
                except NoAudience:
                    rows.append((audience, OwnerCounts()))
    finally:
        await index.close()
    return rows


def table(rows: Iterable[tuple[Audience, OwnerCounts]]) -> list[str]:
    """Return a line for each audience, with the command that shows its incidents."""
    table_rows: list[tuple[str, ...]] = [HEAD]
    for audience, counts in rows:
        numbers = (counts.total, counts.own, counts.both, counts.others, counts.pointers)
        cells = (f"{number:,}".rjust(len(name)) for number, name in zip(numbers, HEAD[1:], strict=False))
        table_rows.append((audience.name, *cells, f"search --as {audience.name} --purpose {audience.purposes[0]}"))
    return [TITLE, *align_columns(table_rows, "  "), *LEGEND]


async def lines(services: Endpoints, now: int) -> list[str]:
    """Return what each audience finds at `now`, UTC milliseconds, in numbers alone. Raises: Transient."""
    return table(await _count_incidents(services, now))
