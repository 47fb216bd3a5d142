"""Kafka through kafka-python, which no other module imports: publishes, administers, inspects; no wait is unbounded.

Longer than the house likes, because exactly one module imports an outside client.
"""

import logging
import socket
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic, sleep
from typing import Any, Self

import kafka
from kafka import errors
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.structs import TopicPartition

from producers.delivery.port import Offsets, Receipt, TooLarge
from schemas.errors import Configuration, Denied, PipelineError, Reason, Rejected, Transient
from schemas.topics import INCIDENT_REPORTS

ADMIN_TIMEOUT_S = 30.0
_LINGER_MS = 20
_END_S = 5.0
_AGAIN_S = 0.2
_POLL_MS = 100
_TOPIC = ConfigResourceType.TOPIC
_OPEN_S = 1.0
_BATCH_BYTES = 256 * 1024
_DENIED = (errors.AuthorizationError, errors.SaslAuthenticationFailedError)
_REMEDIES = {
    errors.MessageSizeTooLargeError: "max.message.bytes of the topic is smaller than reports may be",
    errors.InvalidTimestampError: "is this computer's clock right?",
}
_BAD_TOPIC = (
    errors.InvalidPartitionsError,
    errors.InvalidReplicationFactorError,
    errors.InvalidConfigurationError,
    errors.InvalidTopicError,
    errors.PolicyViolationError,
)

# At DEBUG the library logs keys and values of every record: a person's data, so it never comes below WARNING.
logging.getLogger("kafka").setLevel(logging.WARNING)


def _unavailable(server: str, exc: BaseException) -> PipelineError:
    if isinstance(exc, _DENIED):
        return Denied(f"Kafka at {server} does not allow this: {type(exc).__name__}")
    told = type(exc).__name__
    if isinstance(exc, errors.BrokerResponseError) and not isinstance(exc, errors.RetriableError):
        return Transient(f"Kafka at {server} refuses with {told}; {_REMEDIES.get(type(exc), 'see its log')}")
    # A wrong password looks to the library like a broker that never answers, so both causes are named.
    return Transient(f"Kafka at {server} does not answer: authentication or network ({told})")


@contextmanager
def _answered(server: str) -> Iterator[None]:
    try:
        yield
    except (errors.KafkaError, OSError, TimeoutError) as exc:
        raise _unavailable(server, exc) from exc


def _reach(server: str, timeout_s: float) -> None:
    """Fail at once where nothing listens: the library would try for the whole bound, and leaves a thread behind."""
    for one in server.split(","):
        host, _, port = one.strip().rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout_s):
                return
        except (OSError, ValueError, OverflowError) as exc:
            reason = exc
    raise Transient(f"Kafka at {server} does not answer: network ({reason})") from reason


@dataclass(frozen=True, slots=True)
class _GivenUp:
    """The receipt of a record that the library did not even take."""

    exception: BaseException
    is_done: bool = True


class Connection:
    """A producer: idempotent, acks=all, zstd. A record not acknowledged after `delivery_timeout_s` seconds is given up.

    The library's buffer has no bound of its own, so the caller holds back: see `delivery.Delivery`.
    """

    def __init__(self, server: str, delivery_timeout_s: float) -> None:
        """Connect. Raises: Transient when Kafka does not answer in time, Denied when it refuses us."""
        self._server = server
        self._partitions: dict[str, list[int]] = {}
        bound_ms = max(1000, int(delivery_timeout_s * 1000))
        _reach(server, delivery_timeout_s)
        with _answered(server):
            self._producer = kafka.KafkaProducer(
                bootstrap_servers=server,
                client_id="interagency-publish",
                acks="all",
                enable_idempotence=True,
                compression_type="zstd",
                linger_ms=_LINGER_MS,
                batch_size=_BATCH_BYTES,
                max_request_size=INCIDENT_REPORTS.max_message_bytes,
                delivery_timeout_ms=bound_ms,
                request_timeout_ms=bound_ms - _LINGER_MS - 100,
                max_block_ms=bound_ms,
                bootstrap_timeout_ms=bound_ms,
                reconnect_backoff_max_ms=1000,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )

    def send(self, topic: str, key: bytes, value: bytes | None, timestamp_ms: int | None = None) -> Receipt:
        """Hand over one record; its partition is the CRC-32 of its key, as everywhere in this project."""
        try:
            partitions = self._partitions.get(topic) or self._known(topic)
            partition = partitions[zlib.crc32(key) % len(partitions)]
            receipt: Receipt = self._producer.send(topic, value, key, None, partition, timestamp_ms)
        except errors.MessageSizeTooLargeError as exc:
            return _GivenUp(TooLarge(str(exc)))
        except errors.KafkaError as exc:
            return _GivenUp(exc)
        return receipt

    def _known(self, topic: str) -> list[int]:
        # The library's own partitioner hashes in Python and sorts the partitions again for every record.
        partitions = sorted(self._producer.partitions_for(topic))
        self._partitions[topic] = partitions
        return partitions

    def wait(self, receipt: Receipt, seconds: float) -> bool:
        """Wait at most `seconds` until the receipt is done, and tell whether it is."""
        if not receipt.is_done:
            try:
                receipt.get(seconds)  # type: ignore[attr-defined]
            except errors.KafkaError:
                return receipt.is_done
        return True

    def verdict(self, exception: BaseException) -> Rejected | PipelineError:
        """Tell whether a record was refused for its own sake, or why Kafka could not take it.

        Only what this library measured is held against the record: after an error of the broker that cannot be retried
        it fails every record in its hands with the same exception, good ones too.
        """
        if isinstance(exception, TooLarge):
            return Rejected(Reason.TOO_LARGE, "", "larger than Kafka takes")
        return _unavailable(self._server, exception)

    def close(self, seconds: float) -> None:
        """Give up what is not acknowledged within `seconds` and end the library's thread."""
        try:
            self._producer.flush(seconds)
        except errors.KafkaError:
            # The library's close() leaves by the timeout of its own flush and gives nothing up.
            self._producer._sender.force_close()
            self._producer._sender.join(_END_S)
        self._producer.close(_END_S)


class Admin:
    """Looks after topics and reads what is small; every call raises Transient when Kafka does not answer in time."""

    def __init__(self, server: str, timeout_s: float = ADMIN_TIMEOUT_S) -> None:
        """Connect. Raises: Transient, Denied."""
        self._server = server
        self._timeout_ms = int(timeout_s * 1000)
        _reach(server, timeout_s)
        with _answered(server):
            self._client = kafka.KafkaAdminClient(
                bootstrap_servers=server,
                client_id="interagency-admin",
                bootstrap_timeout_ms=self._timeout_ms,
                request_timeout_ms=self._timeout_ms,
                reconnect_backoff_max_ms=1000,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _asked(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Ask again while Kafka says 'not yet': a new broker has no group coordinator until it was asked for one."""
        deadline = monotonic() + self._timeout_ms / 1000
        while True:
            try:
                return call(*arguments)
            except errors.RetriableError:
                if monotonic() >= deadline:
                    raise
                sleep(_AGAIN_S)

    def topic_names(self) -> set[str]:
        """Give the names of all topics."""
        with _answered(self._server):
            return {name for name in self._asked(self._client.list_topics) if not name.startswith("__")}

    def create_topics(self, topics: Mapping[str, tuple[int, Mapping[str, str]]]) -> set[str]:
        """Make topics, name -> (partitions, settings), leaving those that exist; gives the names that were made.

        Raises: Configuration when Kafka refuses a setting; Transient; Denied.
        """
        wanted = {
            name: {"num_partitions": partitions, "configs": dict(settings)}
            for name, (partitions, settings) in topics.items()
        }
        if not wanted:
            return set()
        with _answered(self._server):
            answer = self._client.create_topics(wanted, timeout_ms=self._timeout_ms, raise_errors=False)
            made = set()
            for topic in answer["topics"]:
                kind = errors.for_code(topic["error_code"])
                if kind is errors.NoError:
                    made.add(topic["name"])
                elif issubclass(kind, _BAD_TOPIC):
                    raise Configuration(f"topic {topic['name']}: {topic.get('error_message') or kind.__name__}")
                elif kind is not errors.TopicAlreadyExistsError:
                    raise kind(topic.get("error_message"))
            self._client.wait_for_topics(list(wanted), timeout_ms=self._timeout_ms)
        return made

    def change_topics(self, settings: Mapping[str, Mapping[str, str]]) -> None:
        """Change these settings of topics that exist, and no others; returns when the broker goes by them.

        Raises: Configuration when Kafka refuses a setting; Transient; Denied.
        """
        deadline = monotonic() + self._timeout_ms / 1000
        with _answered(self._server):
            while wanted := [ConfigResource(_TOPIC, name, dict(settings[name])) for name in self._unlike(settings)]:
                answer = self._asked(partial(self._client.alter_configs, incremental=True), wanted)["topic"]
                for name in (name for name, told in answer.items() if told != "OK"):
                    raise Configuration(f"topic {name}: {answer[name]}")
                if monotonic() >= deadline:
                    raise errors.KafkaTimeoutError("the broker does not go by a changed setting")
                sleep(_AGAIN_S)

    def _unlike(self, settings: Mapping[str, Mapping[str, str]]) -> list[str]:
        """List the topics of which a setting is another one."""
        asked = [ConfigResource(_TOPIC, name, list(wanted)) for name, wanted in sorted(settings.items())]
        told = self._asked(partial(self._client.describe_configs, config_filter="all"), asked)["topic"] if asked else {}
        return [
            name
            for name, found in told.items()
            if {key: found[key]["value"] for key in settings[name]} != dict(settings[name])
        ]

    def end_offsets(self, topics: Iterable[str]) -> Offsets:
        """Give the offset after the last record, markers included, of every partition of these topics."""
        return self._offsets(topics, OffsetSpec.LATEST)

    def beginning_offsets(self, topics: Iterable[str]) -> Offsets:
        """Give the first offset of every partition of these topics."""
        return self._offsets(topics, OffsetSpec.EARLIEST)

    def _offsets(self, topics: Iterable[str], at: OffsetSpec) -> Offsets:
        names = sorted(set(topics))
        if not names:
            return {}
        with _answered(self._server):
            asked = {
                TopicPartition(topic["name"], partition["partition_index"]): at
                for topic in self._asked(self._client.describe_topics, names)
                for partition in topic["partitions"]
            }
            found = self._asked(self._client.list_partition_offsets, asked) if asked else {}
            return {(partition.topic, partition.partition): place.offset for partition, place in found.items()}

    def group_offsets(self, group: str) -> Offsets:
        """Give what a consumer group has committed; a group that never was has committed nothing."""
        with _answered(self._server):
            found = self._asked(self._client.list_group_offsets, group).get(group, {})
            return {(at.topic, at.partition): place.offset for at, place in found.items() if place.offset >= 0}

    @contextmanager
    def _reader(self) -> Iterator[Any]:
        reader = kafka.KafkaConsumer(
            bootstrap_servers=self._server,
            client_id="interagency-inspect",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            bootstrap_timeout_ms=self._timeout_ms,
            request_timeout_ms=self._timeout_ms,
            metrics_enabled=False,
        )
        try:
            yield reader
        finally:
            reader.close(autocommit=False)

    def _read(self, reader: Any, ends: dict[TopicPartition, int], patience_s: float) -> Iterator[Any]:
        """Give the records before `ends`. Raises: KafkaTimeoutError after `patience_s` seconds without progress."""
        places, deadline = None, 0.0
        while True:
            now_at = [reader.position(at, timeout_ms=self._timeout_ms) for at in ends]
            if all(place is not None and place >= end for place, end in zip(now_at, ends.values(), strict=True)):
                return
            if now_at != places:
                places, deadline = now_at, monotonic() + patience_s
            elif monotonic() >= deadline:
                raise errors.KafkaTimeoutError("the end was not reached")
            for at, records in reader.poll(timeout_ms=_POLL_MS).items():
                yield from (record for record in records if record.offset < ends[at])

    def remaining_is_markers(self, topic: str, partition: int, start: int, end: int) -> bool:
        """Tell whether no committed record lies in [start, end); False also while a transaction is open there."""
        at = TopicPartition(topic, partition)
        with _answered(self._server), self._reader() as reader:
            reader.assign([at])
            reader.seek(at, start)
            try:
                return not any(True for _ in self._read(reader, {at: end}, _OPEN_S))
            except errors.KafkaTimeoutError:
                return False

    def read_compacted(self, topic: str) -> dict[bytes, bytes | None]:
        """Read a small topic to its present end: key -> newest value, None where it was deleted; {} without a topic."""
        with _answered(self._server), self._reader() as reader:
            partitions = [TopicPartition(topic, each) for each in reader.partitions_for_topic(topic) or ()]
            if not partitions:
                return {}
            reader.assign(partitions)
            reader.seek_to_beginning(*partitions)
            ends = reader.end_offsets(partitions)
            return {record.key: record.value for record in self._read(reader, ends, self._timeout_ms / 1000)}

    def count_keyed(self, topic: str, key: bytes) -> int:
        """Count the records of a key that a topic still has, all of its partition read; 0 without a topic."""
        with _answered(self._server), self._reader() as reader:
            partitions = sorted(reader.partitions_for_topic(topic) or ())
            if not partitions:
                return 0
            at = TopicPartition(topic, partitions[zlib.crc32(key) % len(partitions)])
            reader.assign([at])
            reader.seek_to_beginning(at)
            ends = reader.end_offsets([at])
            return sum(record.key == key for record in self._read(reader, ends, self._timeout_ms / 1000))
