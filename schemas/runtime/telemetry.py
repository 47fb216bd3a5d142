"""Logging for every process: structlog with the keys of the Elastic Common Schema, and a closed list of events.

With `strict` (as in tests), an event that is not in `EVENTS`, or a key that is not registered for it, raises. Otherwise
it is dropped: a value that nobody registered, such as a narrative, cannot reach a log. Logs of libraries pass through
the same formatter. structlog is imported at the first log line: commands that only read log nothing, and the import
would be a tenth of their run time.
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
# These warn of each step over 0.1 s, common on a slow machine, and of each response 503, which we log ourselves.
_SILENT_LIBRARIES = ("kafka.net.selector", "elastic_transport.node_pool")

if TYPE_CHECKING:
    from structlog.types import Processor

Event = MutableMapping[str, Any]


class UnregisteredEvent(Exception):
    """The event or a key of a log line is not in `schemas.runtime.log_events`."""


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
    """Log an exception as types and source lines, and the message only of our own: others may quote personal data."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        chain = []
        while error is not None:
            message = f": {error}" if isinstance(error, PipelineError) else ""
            chain.append(f"{type(error).__module__}.{type(error).__qualname__}{message}")
            chain += [f"  {f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
            error = error.__cause__ or error.__context__
        event["exception"] = "\n".join(chain)
    return event


def _ecs_names(_: Any, __: str, event: Event) -> Event:
    """Rename keys to ECS, and move those without an ECS name under `labels`."""
    event["log.level"] = event.pop("level")
    if "logger" in event:
        event["log.logger"] = event.pop("logger")
    if event["event"] in EVENTS:
        event["labels"] = {key: event.pop(key) for key in EVENTS[event["event"]] if key in event}
    return event


def _ecs() -> Any:
    import ecs_logging

    class Ecs(ecs_logging.StructlogFormatter):  # type: ignore[misc]
        """The formatter declares ECS 1.6, but the keys used here are those of 8.11."""

        def _json_dumps(self, value: dict[str, Any]) -> str:
            value["ecs.version"] = "8.11.0"
            if "labels" in value:
                value["event"] = {"action": value["message"]}
            return str(super()._json_dumps(value))

    return Ecs()


class _Unbuilt(logging.Handler):
    """Placeholder that builds the handler when the first line is logged."""

    def __init__(self, build: Callable[[], logging.Handler]) -> None:
        super().__init__()
        self._build = build

    def emit(self, record: logging.LogRecord) -> None:
        """Replace this placeholder by the handler, and pass the record to it."""
        self.build().handle(record)

    def build(self) -> logging.Handler:
        """Build the handler, install it in place of this one, and return it."""
        built = self._build()
        handlers = logging.getLogger().handlers
        handlers[:] = [built if handler is self else handler for handler in handlers]
        return built


def configure_logging(
    service: str, level: str = "info", form: str = "auto", strict: bool = False, stream: TextIO | None = None
) -> None:
    """Send the logs of this process, and those of its libraries from `warning` up, to `stream` (standard error)."""
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
    """Logger of a module, created at its first use."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Any:
        for handler in logging.getLogger().handlers:
            if isinstance(handler, _Unbuilt):
                handler.build()
        import structlog

        return getattr(structlog.get_logger(self._name), method)


def logger(name: str) -> Any:
    """Return the logger of a module; `name` becomes `log.logger`."""
    return _Logger(name)
