"""A use case run for a command: settings are read, ports wired, and an event loop started, here and nowhere else."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from schemas.runtime.settings import Endpoints, Settings
    from sinks.access.dissemination_log import Log
    from sinks.access.ports import OrdersReader, Topics
    from sinks.access.session import AccessSession
    from sinks.index.port import ReadableIndex

Value = TypeVar("Value")


def index_at(url: str) -> "ReadableIndex":
    """Return the index at `url`, not connected yet."""
    from sinks.index.elastic_reader import ElasticReader

    return ElasticReader(url)


def log_at(settings: "Settings", services: "Endpoints") -> "Log":
    """Return the dissemination log, which is connected when it is first written to."""
    from sinks.access.dissemination_writer import DisseminationLog

    return DisseminationLog(services.kafka, settings.home)


def topics_at(settings: "Settings", services: "Endpoints") -> "Topics":
    """Return the topics, which are connected when one is first read or written."""
    from schemas.runtime.topic_client import TopicClient

    return TopicClient(services.kafka, settings.delivery_timeout_s)


def orders_at(services: "Endpoints") -> "OrdersReader":
    """Return what reads the current orders."""
    from functools import partial

    from sinks.access.current_orders import current_orders

    return partial(current_orders, services.kafka)


def session_at(settings: "Settings", services: "Endpoints") -> "AccessSession":
    """Return a session on these services; nothing is connected before it is used."""
    from schemas.runtime.clock import now_ms
    from sinks.access.session import AccessSession

    index, log = index_at(services.elasticsearch), log_at(settings, services)
    topics, orders = topics_at(settings, services), orders_at(services)
    return AccessSession(settings, services, index, log, topics, orders, now_ms)


def run_at(
    settings: "Settings", services: "Endpoints", use_case: "Callable[[AccessSession], Awaitable[Value]]"
) -> Value:
    """Run a use case on these services in an event loop of its own, and return its value. Raises: what it raises."""
    import asyncio

    async def run_in_session() -> Value:
        async with session_at(settings, services) as session:
            return await use_case(session)

    return asyncio.run(run_in_session())


def run(use_case: "Callable[[AccessSession], Awaitable[Value]]") -> Value:
    """Run a use case on the services that the environment names or the home runs, as `run_at` does.

    Raises: BadParameter for an InvalidRequest, naming the option.
    """
    import logging

    from schemas.errors import InvalidRequest
    from schemas.runtime.settings import Settings, endpoints
    from schemas.runtime.telemetry import configure_logging

    settings = Settings()
    configure_logging("search", settings.log_level, settings.log_format, settings.strict_events)
    # What aiokafka logs of a connection that fails is raised as well, and becomes the one sentence on standard error.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return run_at(settings, endpoints(settings), use_case)
    except InvalidRequest as exc:
        import typer

        raise typer.BadParameter(str(exc), param_hint=f"--{exc.field}") from None
