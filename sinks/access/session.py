"""One user's access to the services: every reading is checked and in the dissemination log before it is shown."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple, Self

import orjson

from schemas.agreements.register import AgreementRegister
from schemas.agreements.report_orders import ReportOrderRegister
from schemas.errors import Configuration, Denied, Transient
from schemas.identity import INTERNAL
from schemas.runtime.settings import Endpoints, Settings
from sinks.access.check import check_access, supervising_agency
from sinks.access.dissemination_log import Log
from sinks.access.ports import Clock, OrdersReader, Topics
from sinks.index.names import is_audience, require_generation
from sinks.index.port import NoAudience, ReadableIndex
from sinks.search.query import AccessFilter
from sinks.search.reader import Reading

READER = "local-operator"
"""Who reads on embedded services without users."""
OPERATIONS = "operations"
"""The purpose of a local operator, who reads internal and the agencies' own views."""


class Admission(NamedTuple):
    """The orders under which an audience may be read at `at`, UTC milliseconds, and what they bar from it."""

    orders: AgreementRegister
    report_orders: ReportOrderRegister
    at: int
    access_filter: AccessFilter


def reader_name(role: str) -> str:
    """Return how the dissemination log names a reader who acts in a role, '' for none."""
    return f"{READER} as {role}" if role else READER


class _Disclosure:
    """Logs what one reader is shown: no line in the log, no answer."""

    def __init__(self, log: Log, clock: Clock, audience: str, purpose: str, role: str) -> None:
        self._log, self._clock = log, clock
        self._who = {"reader": reader_name(role), "audience": audience, "purpose": purpose}

    def under(self, agency: str) -> None:
        """Add the agency under whose supervision the reader acts to what is logged from now on."""
        self._who["reader"] += f" under {agency}" if agency else ""

    async def given(self, question: Mapping[str, Any], ids: Sequence[str]) -> None:
        """Log what is about to be shown. Raises: Transient, Configuration."""
        await self._append(question, ids, "GIVEN")

    async def denied(self) -> None:
        """Log that the reader is turned away, who is so whether or not that can be logged."""
        with suppress(Transient, Configuration):
            await self._append({}, [], "DENIED")

    async def _append(self, question: Mapping[str, Any], ids: Sequence[str], outcome: str) -> None:
        text = orjson.dumps(question, option=orjson.OPT_SORT_KEYS).decode()
        line = {**self._who, "at": self._clock(), "asked": text, "ids": list(ids), "outcome": outcome}
        await self._log.append(line)


class AccessSession:
    """What the use cases of readers work with; an async context manager that closes the connections it was given."""

    def __init__(
        self,
        settings: Settings,
        services: Endpoints,
        index: ReadableIndex,
        log: Log,
        topics: Topics,
        read_orders: OrdersReader,
        clock: Clock,
    ) -> None:
        """Hold what the caller built; nothing is connected before it is used."""
        self.settings, self.services = settings, services
        self.index, self.topics, self.now = index, topics, clock
        self._log, self._read_orders = log, read_orders

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._log.stop()
        await self.topics.close()
        await self.index.close()

    @asynccontextmanager
    async def reading(self, audience: str, purpose: str = OPERATIONS, deciding: bool = False) -> AsyncIterator[Reading]:
        """Yield what reads the index as `audience` for `purpose`; what it shows is in the dissemination log before.

        `deciding`: to adjudicate links. A reader who is turned away, here or within, is in the log too.
        Raises: Transient, NoAudience, WrongPurpose, Denied; Configuration where the index is of another generation.
        """
        disclosure = self._disclosure(audience, purpose)
        try:
            if not is_audience(audience):
                raise NoAudience
            admission = await self._admitted(disclosure, audience, purpose, deciding)
            require_generation(await self.index.indices(INTERNAL, audience), self.settings.generation)
            yield Reading(self.index, audience, disclosure.given, admission.access_filter)
        except NoAudience:
            await disclosure.denied()
            # That there is an internal view is no secret: it is only not made yet.
            if audience == INTERNAL:
                raise Transient("there is no index yet: make it with `interagency init`") from None
            raise
        except Denied:
            await disclosure.denied()
            raise

    async def admit(self, audience: str, purpose: str) -> Admission:
        """Return the orders under which `audience` may be read for `purpose` beside the index.

        Raises: as `reading`; a reader who is turned away is in the dissemination log.
        """
        disclosure = self._disclosure(audience, purpose)
        try:
            return await self._admitted(disclosure, audience, purpose)
        except Denied:
            await disclosure.denied()
            raise

    async def log_disclosure(
        self, audience: str, question: Mapping[str, Any], ids: Sequence[str], purpose: str = OPERATIONS
    ) -> None:
        """Log what is about to be shown beside the index. Raises: Transient, Configuration."""
        await self._disclosure(audience, purpose).given(question, ids)

    def _disclosure(self, audience: str, purpose: str) -> _Disclosure:
        return _Disclosure(self._log, self.now, audience, purpose, self.settings.role)

    async def _admitted(
        self, disclosure: _Disclosure, audience: str, purpose: str, deciding: bool = False
    ) -> Admission:
        """Check the reader's rights now. Raises: as `check.check_access` and `check.supervising_agency`."""
        at = self.now()
        orders, report_orders = await self._read_orders()
        if self.settings.role:
            disclosure.under(supervising_agency(self.settings.role, audience, orders, deciding))
        return Admission(orders, report_orders, at, check_access(audience, purpose, orders, report_orders, at))
