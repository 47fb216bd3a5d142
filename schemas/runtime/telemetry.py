"""Logging for every process: structlog with the keys of the Elastic Common Schema, and a closed list of events.

An event that is not in `EVENTS`, or a key that its row does not name, raises when `strict` is set (tests do) and is
otherwise left out of the line: a value that nobody registered, such as a narrative, cannot reach a log. The logs of
libraries pass through the same formatter. structlog is imported with the first line that is logged: a command that
reads logs none, and a tenth of its time would go into that.
"""

import logging
import os
import sys
import traceback
from collections.abc import Callable, MutableMapping
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO

from schemas.errors import PipelineError
from schemas.runtime.log_events import EVENTS

_ENVELOPE = frozenset({"event", "level", "exc_info", "log.logger", "service.name", "process.pid"})
_QUIET_LIBRARIES = ("kafka", "aiokafka", "faust", "mode", "elastic_transport", "elasticsearch", "httpx", "httpcore")
# They warn of each step of 0.1 s, as many take on a slow machine, and of each answer 503, which we tell ourselves.
_SILENT_LIBRARIES = ("kafka.net.selector", "elastic_transport.node_pool")

if TYPE_CHECKING:
    from structlog.types import Processor

Event = MutableMapping[str, Any]


class UnregisteredEvent(Exception):
    """A log line whose event or key is not in `schemas.runtime.log_events`."""


def _registered(strict: bool) -> "Processor":
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


def _ecs() -> Any:
    import ecs_logging

    class Ecs(ecs_logging.StructlogFormatter):  # type: ignore[misc]
        """The formatter stamps ECS 1.6 by itself; the keys used here are those of 8.11."""

        def _json_dumps(self, value: dict[str, Any]) -> str:
            value["ecs.version"] = "8.11.0"
            if "labels" in value:
                value["event"] = {"action": value["message"]}
            return str(super()._json_dumps(value))

    return Ecs()


class _Unbuilt(logging.Handler):
    """Stands for the handler until the first line is logged."""

    def __init__(self, build: Callable[[], logging.Handler]) -> None:
        super().__init__()
        self._build = build

    def emit(self, record: logging.LogRecord) -> None:
        """Make the handler, let it stand here from now on, and hand the record to it."""
        made = self.build()
        made.handle(record)

    def build(self) -> logging.Handler:
        """Make the handler, and let it stand for this one."""
        made = self._build()
        handlers = logging.getLogger().handlers
        handlers[:] = [made if one is self else one for one in handlers]
        return made


def configure_logging(
    service: str, level: str = "info", form: str = "auto", strict: bool = False, stream: TextIO | None = None
) -> None:
    """Send the logs of this process, and of its libraries from `warning` up, to `stream` (standard error)."""
    out = stream or sys.stderr
    level_number = logging.getLevelNamesMapping()[level.upper()]
    console = form == "console" or (form == "auto" and out.isatty())
    root = logging.getLogger()
    root.handlers[:] = [_Unbuilt(partial(_built, service, level_number, console, strict, out))]
    root.setLevel(level_number)
    for library in _QUIET_LIBRARIES:
        logging.getLogger(library).setLevel(max(level_number, logging.WARNING))
    for library in _SILENT_LIBRARIES:
        logging.getLogger(library).setLevel(max(level_number, logging.ERROR))


def _built(service: str, level: int, console: bool, strict: bool, out: TextIO) -> logging.Handler:
    import structlog

    bound = {"service.name": service, "process.pid": os.getpid()}

    def stamp(_: Any, __: str, event: Event) -> Event:
        event.update(bound)
        return event

    if console:
        render: list[Processor] = [
            _without_values,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=True),
            structlog.dev.ConsoleRenderer(colors=out.isatty() and "NO_COLOR" not in os.environ),
        ]
    else:
        render = [_without_values, _ecs_names, _ecs()]
    structlog.configure(
        processors=[
            _registered(strict),
            structlog.stdlib.add_log_level,
            stamp,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
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
    return handler


class _Logger:
    """The logger of one module, made when it is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Any:
        for handler in logging.getLogger().handlers:
            if isinstance(handler, _Unbuilt):
                handler.build()
        import structlog

        return getattr(structlog.get_logger(self._name), method)


def logger(name: str) -> Any:
    """Give the logger of one module; `name` becomes `log.logger`."""
    return _Logger(name)
