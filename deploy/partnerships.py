"""What each partnership finds: how many incidents its audiences have open, for the end of the demonstration."""

import asyncio

from schemas.settings import Endpoints
from sinks.broker import standing_orders
from sinks.elastic import Elastic
from sinks.index import NoAudience
from sinks.reading import Reading, nothing_shown
from sinks.rights import check
from sinks.search import Query


async def _found(services: Endpoints, now: int) -> list[tuple[str, str, int]]:
    index, (orders, custody) = Elastic(services.elasticsearch), await standing_orders(services.kafka, now)
    rows: list[tuple[str, str, int]] = []
    try:
        for agreement in orders.agreements.values():
            for audience in agreement.audiences:
                try:
                    barred = check(audience.name, audience.purposes[0], orders, custody, now)
                    found = await Reading(index, audience.name, nothing_shown, barred).total(Query(limit=0))
                    rows.append((audience.name, audience.purposes[0], found))
                except NoAudience:
                    rows.append((audience.name, audience.purposes[0], 0))
    finally:
        await index.close()
    return rows


def lines(services: Endpoints, now: int) -> list[str]:
    """Tell how many incidents each audience finds at `now`, UTC milliseconds, and how to look. Raises: Transient."""
    rows = asyncio.run(_found(services, now))
    return [
        "what each partnership finds, of what its memorandum allows:",
        *(
            f"  {name:18}{total:>7,} incidents   search --as {name} --purpose {purpose}"
            for name, purpose, total in rows
        ),
    ]
