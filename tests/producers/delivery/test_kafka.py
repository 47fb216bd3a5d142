"""A Kafka that does not answer: every way ends within the bound, with a sentence that a person can act on."""

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from producers.delivery.kafka import Admin, Producer
from schemas.errors import Transient


@pytest.fixture
def nobody() -> Iterator[str]:
    """A port at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def mute() -> Iterator[str]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


_OPENERS: list[Callable[[str, float], object]] = [Producer, Admin]


@pytest.mark.parametrize("opening", _OPENERS)
def test_port_without_a_listener_fails_at_once(opening: Callable[[str, float], object], nobody: str) -> None:
    started = time.monotonic()
    with pytest.raises(Transient, match=f"Kafka at {nobody} does not answer"):
        opening(nobody, 60)
    assert time.monotonic() - started < 60, "it did not wait for its bound"


@pytest.mark.parametrize("opening", _OPENERS)
def test_kafka_that_never_answers_is_given_up_after_the_bound(
    opening: Callable[[str, float], object], mute: str
) -> None:
    started = time.monotonic()
    with pytest.raises(Transient, match="authentication or network"):
        opening(mute, 1.5)
    assert time.monotonic() - started > 1


def test_address_that_is_none_is_told() -> None:
    with pytest.raises(Transient, match="nowhere"):
        Producer("nowhere", 1)
