"""Writing down what a person says or orders, waiting until Kafka has it, and asking for what was said before."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import PipelineError, Transient
from schemas.records.order import MODEL

if TYPE_CHECKING:
    from producers.delivery.port import RecordProducer, TopicAdmin

LONGEST_WORDS = {"--by": 200, "--why": 2000}

By = Annotated[str, typer.Option("--by", metavar="WHO", help="Login of who decides.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, kept for ever.")]


def milliseconds(text: str | None, last: bool, option: str, zone: str = "UTC") -> int | None:
    """Read a time as UTC milliseconds; `last`: of a date, the first instant after it. Raises: BadParameter.

    `zone`: the IANA name of the time zone of a time that states no offset.
    """
    from zoneinfo import ZoneInfo

    from sinks.search.options import instant

    try:
        return None if text is None else int(instant(text, last, ZoneInfo(zone)).timestamp() * 1000)
    except ValueError as exc:
        raise typer.BadParameter(str(exc), param_hint=option) from None


def who(by: str) -> str:
    """Give who speaks as it is kept. Raises: BadParameter when it says nobody, or more than a record holds."""
    found = _kept("--by", by)
    if found == MODEL:
        raise typer.BadParameter(f"{MODEL} is the matcher: say who you are", param_hint="--by")
    return found


def told(by: str, why: str) -> tuple[str, str]:
    """Give who and why as they are kept. Raises: BadParameter when they say nothing, or more than a record holds."""
    return who(by), _kept("--why", why)


def _kept(option: str, text: str) -> str:
    kept = text.strip()
    if not 0 < len(kept) <= LONGEST_WORDS[option]:
        raise typer.BadParameter(f"say who and why in 1 to {LONGEST_WORDS[option]:,} characters", param_hint=option)
    return written(kept, option)


def written(text: str, option: str) -> str:
    """Return a text that goes into a record. Raises: BadParameter where a record cannot hold it."""
    if "\x00" in text or any("\ud800" <= one <= "\udfff" for one in text):
        raise typer.BadParameter("has the character NUL, or bytes that are no UTF-8", param_hint=option)
    return text


@contextmanager
def asking() -> "Iterator[TopicAdmin]":
    """Connect to Kafka to ask it. Raises: Transient."""
    from producers.delivery import kafka
    from schemas.runtime.settings import Settings, endpoints

    settings = Settings()
    with kafka.Admin(endpoints(settings).kafka, settings.delivery_timeout_s) as admin:
        yield admin


def send(sending: "RecordProducer", topic: str, key: bytes, value: bytes, at: int, timeout_s: float) -> None:
    """Send one record of UTC milliseconds `at`, and return when Kafka has it. Raises: Transient, Denied."""
    receipt = sending.send(topic, key, value, at)
    if not sending.wait(receipt, timeout_s):
        raise Transient("Kafka does not acknowledge it in time: say it again")
    if receipt.exception is not None:
        verdict = sending.classify(receipt.exception)
        raise verdict if isinstance(verdict, PipelineError) else Transient(verdict.detail)


def write(topic: str, key: bytes, value: bytes, at: int) -> None:
    """Connect to Kafka and `send`. Raises: Transient, Denied."""
    from producers.delivery import kafka
    from schemas.runtime.settings import Settings, endpoints

    settings = Settings()
    sending = kafka.Producer(endpoints(settings).kafka, settings.delivery_timeout_s)
    try:
        send(sending, topic, key, value, at, settings.delivery_timeout_s)
    finally:
        sending.close(settings.delivery_timeout_s)
