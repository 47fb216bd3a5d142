"""Logging for every process: structlog with the keys of the Elastic Common Schema, and a closed list of events.

An event that is not in `EVENTS`, or a key that its row does not name, raises when `strict` is set (tests do) and is
otherwise left out of the line: a value that nobody registered, such as a narrative, cannot reach a log. The logs of
libraries pass through the same formatter.
"""

import logging
import os
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import ecs_logging
import structlog

from schemas.errors import PipelineError
from schemas.events import EVENTS

_ENVELOPE = frozenset({"event", "level", "exc_info", "log.logger", "service.name", "process.pid"})
_QUIET_LIBRARIES = ("kafka", "aiokafka", "faust", "mode", "elastic_transport", "elasticsearch", "httpx", "httpcore")

Event = MutableMapping[str, Any]


class UnregisteredEvent(Exception):
    """A log line whose event or key is not in `schemas.events`."""


def _registered(strict: bool) -> structlog.types.Processor:
    def check(_: Any, __: str, event: Event) -> Event:
        name = str(event.get("event"))
        if name not in EVENTS:
            if strict:
                raise UnregisteredEvent(name)
            event["event"] = "unregistered_event"
        unknown = set(event) - EVENTS.get(name, frozenset()) - _ENVELOPE
        if unknown and strict:
            raise UnregisteredEvent(f"{name}: {', '.join(sorted(unknown))}")
        for key in unknown:
            del event[key]
        return event

    return check


def _without_values(_: Any, __: str, event: Event) -> Event:
    """Give an exception as types and places: its message may quote a value, unless it is one of our own sentences."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        told = []
        while error is not None:
            message = f": {error}" if isinstance(error, PipelineError) else ""
            told.append(f"{type(error).__module__}.{type(error).__qualname__}{message}")
            told += [f"  {f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
            error = error.__cause__ or error.__context__
        event["exception"] = "\n".join(told)
    return event


def _ecs_names(_: Any, __: str, event: Event) -> Event:
    """Own keys go under `labels`, where ECS wants what it has no name for."""
    event["log.level"] = event.pop("level")
    if "logger" in event:
        event["log.logger"] = event.pop("logger")
    if event["event"] in EVENTS:
        event["labels"] = {key: event.pop(key) for key in EVENTS[event["event"]] if key in event}
    return event


class _Ecs(ecs_logging.StructlogFormatter):  # type: ignore[misc]
    """The formatter stamps ECS 1.6 by itself; the keys used here are those of 8.11."""

    def _json_dumps(self, value: dict[str, Any]) -> str:
        value["ecs.version"] = "8.11.0"
        if "labels" in value:
            value["event"] = {"action": value["message"]}
        return str(super()._json_dumps(value))


def configure(
    service: str, level: str = "info", form: str = "auto", strict: bool = False, stream: TextIO | None = None
) -> None:
    """Send the logs of this process, and of its libraries from `warning` up, to `stream` (standard error)."""
    out = stream or sys.stderr
    console = form == "console" or (form == "auto" and out.isatty())
    bound = {"service.name": service, "process.pid": os.getpid()}

    def stamp(_: Any, __: str, event: Event) -> Event:
        event.update(bound)
        return event

    if console:
        render: list[structlog.types.Processor] = [
            _without_values,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=True),
            structlog.dev.ConsoleRenderer(colors=out.isatty() and "NO_COLOR" not in os.environ),
        ]
    else:
        render = [_without_values, _ecs_names, _Ecs()]
    level_number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            _registered(strict),
            structlog.stdlib.add_log_level,
            stamp,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level_number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, stamp],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level_number)
    for library in _QUIET_LIBRARIES:
        logging.getLogger(library).setLevel(max(level_number, logging.WARNING))


def logger(name: str) -> Any:
    """Give the logger of one module; `name` becomes `log.logger`."""
    return structlog.get_logger(name)
