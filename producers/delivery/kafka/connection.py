"""What every connection through kafka-python needs: a quick refusal, and errors in this project's own classes.

The traps of the library that concern both the producer and the administrator are kept here, each beside its remedy.
"""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from kafka import errors

from schemas.errors import Denied, PipelineError, Transient

_DENIED = (errors.AuthorizationError, errors.SaslAuthenticationFailedError)
_REMEDIES = {
    errors.MessageSizeTooLargeError: "max.message.bytes of the topic is smaller than reports may be",
    errors.InvalidTimestampError: "is this computer's clock right?",
}

# At DEBUG the library logs the keys and values of every record, which are personal data: never below WARNING.
logging.getLogger("kafka").setLevel(logging.WARNING)


def pipeline_error(server: str, error: BaseException) -> PipelineError:
    """Return the error of this project for one of kafka-python's: Denied, or Transient with a remedy if known."""
    name = type(error).__name__
    if isinstance(error, _DENIED):
        return Denied(f"Kafka at {server} does not allow this: {name}")
    if isinstance(error, errors.BrokerResponseError) and not isinstance(error, errors.RetriableError):
        return Transient(f"Kafka at {server} refuses with {name}; {_REMEDIES.get(type(error), 'see its log')}")
    # A wrong password looks to the library like a broker that never answers, so the message names both causes.
    return Transient(f"Kafka at {server} does not answer: authentication or network ({name})")


@contextmanager
def translated_errors(server: str) -> Iterator[None]:
    """Raise what kafka-python raises inside as an error of this project. Raises: Transient, Denied."""
    try:
        yield
    except (errors.KafkaError, OSError, TimeoutError) as exc:
        raise pipeline_error(server, exc) from exc


def require_listener(servers: str, timeout_s: float) -> None:
    """Connect once to the first of `servers` that listens, for at most `timeout_s` seconds each.

    Where nothing listens, the library would retry until its own timeout and leave a thread behind.

    Raises: Transient.
    """
    for server in servers.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout_s):
                return
        except (OSError, ValueError, OverflowError) as exc:
            reason = exc
    raise Transient(f"Kafka at {servers} does not answer: network ({reason})") from reason
