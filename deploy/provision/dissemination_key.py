"""The key of the dissemination log: created by `init`, shown once for the auditor, stored nowhere in that form."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import orjson

from schemas.identity import INTERNAL
from schemas.runtime.clock import now_ms
from schemas.runtime.settings import Endpoints, Settings
from sinks.access.dissemination_log import NEW_KEY, KeyState
from sinks.access.dissemination_writer import DisseminationLog
from sinks.access.session import OPERATIONS, READER

KEY_BYTES = 32
State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class DisseminationKey:
    """The key's state: `shown` is NUMBER-HEX if it was created just now, else ''; `given_at` in UTC milliseconds.

    `lost`: the log has lines with a key, but this home has no key.
    """

    first: int
    given_at: int
    shown: str = field(default="", repr=False)
    lost: bool = False

    def line(self) -> str:
        """Return the line that `init` prints."""
        from sinks.render.format import moment

        if self.shown:
            return f"dissemination key, keep it away from this machine: {self.shown}"
        if self.lost:
            return (
                "this home has no dissemination key although the log has lines with one, so nothing can be read: run "
                "`interagency dissemination verify`, then `interagency init --new-dissemination-key`"
            )
        if not self.given_at:
            return "the dissemination key was never shown: `interagency init --new-dissemination-key` creates a new one"
        return f"dissemination key given out at {moment(self.given_at)} UTC, for the lines from {self.first:,} on"

    def as_json(self) -> dict[str, str | int | None]:
        """Return it as `--json` prints it, the time in UTC milliseconds."""
        return {"dissemination_key": self.shown or None, "dissemination_key_given_at": self.given_at or None}


async def create_key(settings: Settings, services: Endpoints, gives: bool) -> DisseminationKey:
    """Create the key if this home and its log have none; with `gives`, the caller shows it.

    Raises: Transient, Configuration.
    """
    key, at = os.urandom(KEY_BYTES), now_ms() if gives else 0
    state = await _with_log(settings, services, lambda log: log.begin_key(key, at))
    if state is None:
        return DisseminationKey(0, 0, lost=True)
    is_new = state.key == key and gives
    return DisseminationKey(state.first, state.given_at, _display_form(state) if is_new else "")


async def replace_key(settings: Settings, services: Endpoints) -> DisseminationKey:
    """Create a new key, whatever became of the former one, and record its beginning in the log. Raises: Transient."""
    key, at = os.urandom(KEY_BYTES), now_ms()
    request = orjson.dumps({NEW_KEY: True}).decode()
    who = {"reader": READER, "audience": INTERNAL, "purpose": OPERATIONS, "outcome": "GIVEN"}
    state = await _with_log(
        settings, services, lambda log: log.replace_key(key, {**who, "asked": request, "ids": [], "at": at})
    )
    return DisseminationKey(state.first, state.given_at, _display_form(state))


def _display_form(state: KeyState) -> str:
    return f"{state.number}-{state.key.hex()}"


async def _with_log(
    settings: Settings, services: Endpoints, ask: Callable[[DisseminationLog], Awaitable[State]]
) -> State:
    log = DisseminationLog(services.kafka, settings.home)
    try:
        return await ask(log)
    finally:
        await log.stop()
