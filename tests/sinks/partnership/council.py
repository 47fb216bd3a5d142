"""The partnership `cit` in a world in memory: its agreement, what its team sees, and the reports that were issued."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from schemas.agreements import Agreement, bundled_text, parse
from schemas.records.audit import CouncilReport
from schemas.topics import AGREEMENTS, COUNCIL_REPORTS
from sinks.index.names import IndexName
from sinks.index.operations import Entry, entry
from sinks.partnership.report_editions import issued_under
from tests.schemas.agreements.test_register import order
from tests.sinks.factories import released
from tests.sinks.joined import ALONE, Document, member
from tests.sinks.world import World

TEXT = bundled_text("cit").replace("ends = 2027", "ends = 2098")
CIT = parse(TEXT, "cit.toml")
TEAM = IndexName("cit-team", 1)


def at(*when: int) -> int:
    """Return a time where the partnership is, UTC milliseconds."""
    return int(datetime(*when, tzinfo=ZoneInfo(CIT.time_zone)).timestamp() * 1000)  # type: ignore[arg-type, misc]


def incident(number: int, occurred_at: int, **fields: Any) -> Document:
    name = f"calexico_pd:26-{number}"
    own = member(name, 0, published_at=occurred_at)
    known = {"report_ids": [name], "agencies": ["calexico_pd"], "reports": [own], "offense_family": ["HOMICIDE"]}
    return {**ALONE, **known, "occurred_at": occurred_at, **fields}


async def see(world: World, many: int, occurred_at: int, first: int = 0, **fields: Any) -> None:
    """Add incidents to what the team sees."""
    await world.index.ensure(TEAM)
    for number in range(first, first + many):
        document = orjson.dumps(incident(number, occurred_at, **fields))
        new = entry(released(audience=TEAM.audience, view_id=f"v{number}", document=document), 1, 0)
        assert isinstance(new, Entry)
        await world.index.bulk([new.operation])


def put_agreement(world: World, text: str = TEXT, ends: int | None = None) -> Agreement:
    """Put a version of the agreement in force and return it."""
    new = order("cit", text=text, begins=0, ends=ends)
    world.put(AGREEMENTS.name, "cit", "agreement_order", new)
    world.orders.apply(new)
    return world.orders.agreements["cit"]


def kept(world: World) -> list[CouncilReport]:
    """Return the reports that were issued, in order."""
    return issued_under(world.kafka.read_compacted(COUNCIL_REPORTS.name).values(), "cit")


def numbers(world: World) -> list[tuple[int, str, int]]:
    """Return number, period and edition of the reports that were issued."""
    return [(report["number"], report["period"], report["edition"]) for report in kept(world)]
