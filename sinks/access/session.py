"""One reading of the index by a command: settings, connection, and what it means when there is nothing to read."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from schemas.errors import Configuration, Denied, Transient
from schemas.identity import INTERNAL
from schemas.runtime.clock import now_ms

if TYPE_CHECKING:
    from schemas.agreements.register import AgreementRegister
    from schemas.agreements.report_orders import ReportOrders
    from schemas.runtime.settings import Endpoints, Settings
    from sinks.access.dissemination_log import Log
    from sinks.index.port import ReadableIndex
    from sinks.search.query import Barred
    from sinks.search.reader import Reading

Value = TypeVar("Value")
READER = "local-operator"
"""Who reads on embedded services without users."""
OPERATIONS = "operations"
"""The purpose of a local operator, who reads internal and the agencies' own views."""


def checked(kind: str) -> Callable[[Any], Any]:
    """Return a callback of an option or argument that checks each value given by `sinks.search.arguments.<kind>`."""

    def callback(value: Any) -> Any:
        from sinks.search import arguments

        try:
            for one in value if isinstance(value, list | tuple) else [value] if value is not None else []:
                getattr(arguments, kind)(one)
        except ValueError as exc:
            raise typer.BadParameter(str(exc)) from None
        return value

    return callback


Audience = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="AUDIENCE",
        help="Whose view: internal, a partnership, an agency.",
        callback=checked("name"),
    ),
]
Purpose = Annotated[
    str,
    typer.Option(
        "--purpose",
        metavar="PURPOSE",
        help="What it is for; a partnership's audience asks for one of its own.",
        callback=checked("name"),
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def index_at(url: str) -> "ReadableIndex":
    """Connect to the index."""
    from sinks.index.elastic_reader import ElasticReader

    return ElasticReader(url)


def log_at(settings: "Settings", services: "Endpoints") -> "Log":
    """Connect to the dissemination log, when it is first written to."""
    from sinks.access.dissemination_writer import DisseminationLog

    return DisseminationLog(services.kafka, settings.home)


async def orders_at(services: "Endpoints") -> "tuple[AgreementRegister, ReportOrders]":
    """Read the orders that stand. Raises: Transient."""
    from sinks.access.standing_orders import standing_orders

    return await standing_orders(services.kafka)


def reader_name(role: str) -> str:
    """Return how the dissemination log names who reads under a role, '' for none."""
    return f"{READER} as {role}" if role else READER


class _Logged:
    """Writes down what one reader asks: no line in the log, no answer."""

    def __init__(self, log: "Log", audience: str, purpose: str, role: str) -> None:
        self._log = log
        self._who = {"reader": reader_name(role), "audience": audience, "purpose": purpose}

    def under(self, agency: str) -> None:
        """Tell from now on under whose supervision the reader acts."""
        self._who["reader"] += f" under {agency}" if agency else ""

    async def disclose(self, asked: Mapping[str, Any], ids: Sequence[str], outcome: str = "GIVEN") -> None:
        import orjson

        question = orjson.dumps(asked, option=orjson.OPT_SORT_KEYS).decode()
        at = now_ms()
        await self._log.append({**self._who, "at": at, "asked": question, "ids": list(ids), "outcome": outcome})

    async def denied(self) -> None:
        # Who is turned away is, whether or not that can be written down.
        with suppress(Transient, Configuration):
            await self.disclose({}, [], "DENIED")


def read(
    audience: str, ask: "Callable[[Reading], Awaitable[Value]]", purpose: str = OPERATIONS, deciding: bool = False
) -> Value:
    """Give what `ask` reads as `audience` for `purpose`; what is shown is in the dissemination log before that.

    `deciding`: to say a word on links. Raises: Transient, NoAudience, WrongPurpose, Configuration where another
    generation is read than is set, and what `ask` raises.
    """
    from schemas.runtime.settings import Settings, endpoints
    from schemas.runtime.telemetry import configure_logging

    settings = Settings()
    configure_logging("search", settings.log_level, settings.log_format, settings.strict_events)
    return read_at(settings, endpoints(settings), audience, ask, purpose, deciding)


def read_at(
    settings: "Settings",
    services: "Endpoints",
    audience: str,
    ask: "Callable[[Reading], Awaitable[Value]]",
    purpose: str = OPERATIONS,
    deciding: bool = False,
) -> Value:
    """Return what `ask` reads, as `read` does, of services that are known already."""
    from sinks.index.names import agree, is_audience
    from sinks.index.port import NoAudience
    from sinks.search.reader import Reading

    async def run() -> Value:
        index, log = index_at(services.elasticsearch), log_at(settings, services)
        logged = _Logged(log, audience, purpose, settings.role)
        try:
            if not is_audience(audience):
                raise NoAudience
            *_, barred = await _entered(settings, services, logged, audience, purpose, deciding)
            agree(await index.indices(INTERNAL, audience), settings.generation)
            return await ask(Reading(index, audience, logged.disclose, barred))
        except Denied:
            await logged.denied()
            raise
        finally:
            await log.stop()
            await index.close()

    try:
        return asyncio.run(run())
    except NoAudience:
        # That there is an internal view is no secret: it is only not made yet.
        if audience == INTERNAL:
            raise Transient("there is no index yet: make it with `interagency init`") from None
        raise


async def _entered(
    settings: "Settings", services: "Endpoints", logged: _Logged, audience: str, purpose: str, deciding: bool = False
) -> "tuple[AgreementRegister, ReportOrders, int, Barred]":
    """Let a reading pass: return the orders that stand, the moment, and what is barred. Raises: as `rights.check`."""
    from sinks.access.check import acting, check

    now = now_ms()
    orders, custody = await orders_at(services)
    if settings.role:
        logged.under(acting(settings.role, audience, orders, deciding))
    return orders, custody, now, check(audience, purpose, orders, custody, now)


def opened(audience: str, purpose: str) -> "tuple[AgreementRegister, ReportOrders, int]":
    """Return the orders that stand, and the moment, where `audience` may be read for `purpose` beside the index.

    Raises: as `read`; who is turned away is written into the dissemination log.
    """
    from schemas.runtime.settings import Settings, endpoints

    settings = Settings()
    services = endpoints(settings)

    async def run() -> "tuple[AgreementRegister, ReportOrders, int]":
        log = log_at(settings, services)
        logged = _Logged(log, audience, purpose, settings.role)
        try:
            orders, custody, now, _ = await _entered(settings, services, logged, audience, purpose)
            return orders, custody, now
        except Denied:
            await logged.denied()
            raise
        finally:
            await log.stop()

    return asyncio.run(run())


def write_down(audience: str, asked: Mapping[str, Any], ids: Sequence[str], purpose: str = OPERATIONS) -> None:
    """Write into the dissemination log what is about to be shown beside the index. Raises: Transient."""
    from schemas.runtime.settings import Settings, endpoints

    settings = Settings()

    async def run() -> None:
        log = log_at(settings, endpoints(settings))
        try:
            await _Logged(log, audience, purpose, settings.role).disclose(asked, ids)
        finally:
            await log.stop()

    asyncio.run(run())


def print_json(value: Any) -> None:
    """Print one JSON value for people and programs alike."""
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2))


def print_table(rows: Sequence[Sequence[str]], otherwise: str) -> None:
    """Print rows, the first of them their head; `otherwise` where nothing stands beneath it."""
    from schemas.runtime.text_layout import table, terminal_width

    typer.echo("\n".join(table(rows, terminal_width()) if len(rows) > 1 else [otherwise]))


def print_cells(rows: Sequence[Sequence[str]]) -> None:
    """Print rows, the first of them their head: on a terminal as a table, else divided by tabs."""
    from schemas.runtime.text_layout import terminal_width

    if terminal_width() is None:
        typer.echo("\n".join("\t".join(row) for row in rows))
    else:
        print_table(rows, "")


def print_lines(lines: Sequence[str]) -> None:
    """Print lines of text; on a terminal none is longer than it is wide, unless a word is."""
    from schemas.runtime.text_layout import terminal_width, wrap_line

    width = terminal_width()
    typer.echo("\n".join(part for text in lines for line in text.split("\n") for part in wrap_line(line, width)))
