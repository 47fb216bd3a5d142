"""What each partnership's audiences find, and whose reports it is: for the end of the demonstration."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from schemas.agreements import Audience
from schemas.runtime.settings import Endpoints
from schemas.runtime.text_layout import align_columns
from sinks.access.check import check
from sinks.access.standing_orders import standing_orders
from sinks.index.elastic import Elastic
from sinks.index.port import NoAudience
from sinks.search.reader import Reading, nothing_shown

TITLE = "what each partnership's audiences find, of what its memorandum allows, and whose reports it is:"
HEAD = ("audience", "incidents", "own reports alone", "with others' too", "others' alone", "whom to call", "look with")
LEGEND = (
    "own: of the agencies that read as this audience",
    "whom to call: beside them stands that another agency has a report, and nothing else of it",
)


class Owners(NamedTuple):
    """Incidents that an audience finds: of reports of its own agencies alone, of theirs and others', of others' alone.

    `pointers` counts those, of any kind, that say whom to call about a report of which nothing else is shown.
    """

    own: int = 0
    both: int = 0
    others: int = 0
    pointers: int = 0

    @property
    def total(self) -> int:
        """All incidents."""
        return self.own + self.both + self.others


def owners(incidents: Iterable[Mapping[str, Any]], readers: Collection[str]) -> Owners:
    """Count incidents by whose reports they are; `readers` are the audience's own agencies. Pure."""
    own = both = others = pointers = 0
    for one in incidents:
        of = set(one.get("agencies", ()))
        own += of <= set(readers)
        both += not of <= set(readers) and not of.isdisjoint(readers)
        others += not of <= set(readers) and of.isdisjoint(readers)
        pointers += bool(one.get("pointers"))
    return Owners(own, both, others, pointers)


async def _found(services: Endpoints, now: int) -> list[tuple[Audience, Owners]]:
    index, (orders, custody) = Elastic(services.elasticsearch), await standing_orders(services.kafka)
    rows: list[tuple[Audience, Owners]] = []
    try:
        for agreement in orders.agreements.values():
            for who in agreement.audiences:
                try:
                    barred = check(who.name, who.purposes[0], orders, custody, now)
                    sources = await Reading(index, who.name, nothing_shown, barred).whose()
                    rows.append((who, owners(sources, who.readers)))
                except NoAudience:
                    rows.append((who, Owners()))
    finally:
        await index.close()
    return rows


def table(rows: Iterable[tuple[Audience, Owners]]) -> list[str]:
    """Return a line for each audience, and how to look for oneself."""
    told: list[tuple[str, ...]] = [HEAD]
    for who, found in rows:
        counts = (found.total, found.own, found.both, found.others, found.pointers)
        cells = (f"{count:,}".rjust(len(name)) for count, name in zip(counts, HEAD[1:], strict=False))
        told.append((who.name, *cells, f"search --as {who.name} --purpose {who.purposes[0]}"))
    return [TITLE, *align_columns(told, "  "), *LEGEND]


def lines(services: Endpoints, now: int) -> list[str]:
    """Return what each audience finds at `now`, UTC milliseconds: nothing of it is shown. Raises: Transient."""
    return table(asyncio.run(_found(services, now)))
