"""Publish records through kafka-python: idempotent, acknowledged by all replicas, bounded in time."""

import zlib
from dataclasses import dataclass

import kafka
from kafka import errors

from producers.delivery.kafka.connection import pipeline_error, require_listener, translated_errors
from producers.delivery.port import Receipt, TooLarge
from schemas.errors import PipelineError, Reason, Rejected
from schemas.topics import INCIDENT_REPORTS

_LINGER_MS = 20
_CLOSE_TIMEOUT_S = 5.0
_BATCH_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class _FailedReceipt:
    """The receipt of a record that the library did not accept into its buffer."""

    exception: BaseException
    is_done: bool = True


class Producer:
    """Send records with idempotence, acks=all and zstd; give one up that is unacknowledged after the timeout.

    The library's buffer is unbounded, so the caller limits what is in flight: see `producers.delivery.sender`.
    """

    def __init__(self, server: str, delivery_timeout_s: float) -> None:
        """Connect; give each record up `delivery_timeout_s` seconds after it was sent.

        Raises: Transient when Kafka does not answer within the timeout; Denied when it refuses the connection.
        """
        self._server = server
        self._partitions: dict[str, list[int]] = {}
        timeout_ms = max(1000, int(delivery_timeout_s * 1000))
        require_listener(server, delivery_timeout_s)
        with translated_errors(server):
            self._producer = kafka.KafkaProducer(
                bootstrap_servers=server,
                client_id="interagency-publish",
                acks="all",
                enable_idempotence=True,
                compression_type="zstd",
                linger_ms=_LINGER_MS,
                batch_size=_BATCH_BYTES,
                max_request_size=INCIDENT_REPORTS.max_message_bytes,
                delivery_timeout_ms=timeout_ms,
                request_timeout_ms=timeout_ms - _LINGER_MS - 100,
                max_block_ms=timeout_ms,
                bootstrap_timeout_ms=timeout_ms,
                reconnect_backoff_max_ms=1000,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )

    def send(self, topic: str, key: bytes, value: bytes | None, timestamp_ms: int | None = None) -> Receipt:
        """Send one record, stamped `timestamp_ms` (UTC); its partition is the CRC-32 of its key, as project-wide."""
        try:
            partitions = self._partitions.get(topic) or self._fetch_partitions(topic)
            partition = partitions[zlib.crc32(key) % len(partitions)]
            receipt: Receipt = self._producer.send(topic, value, key, None, partition, timestamp_ms)
        except errors.MessageSizeTooLargeError as exc:
            return _FailedReceipt(TooLarge(str(exc)))
        except errors.KafkaError as exc:
            return _FailedReceipt(exc)
        return receipt

    def _fetch_partitions(self, topic: str) -> list[int]:
        # The library's own partitioner hashes in Python and sorts the partitions again for every record.
        partitions = sorted(self._producer.partitions_for(topic))
        self._partitions[topic] = partitions
        return partitions

    def wait(self, receipt: Receipt, seconds: float) -> bool:
        """Wait at most `seconds` for the receipt; return whether it is done."""
        if not receipt.is_done:
            try:
                receipt.get(seconds)  # type: ignore[attr-defined]
            except errors.KafkaError:
                return receipt.is_done
        return True

    def classify(self, exception: BaseException) -> Rejected | PipelineError:
        """Return a rejection if the record itself is at fault, else why Kafka could not take it.

        Only a size that the library measured itself counts against the record: after a broker error that cannot be
        retried, it fails every record in flight with the same exception, good ones included.
        """
        if isinstance(exception, TooLarge):
            return Rejected(Reason.TOO_LARGE, "", "larger than Kafka takes")
        return pipeline_error(self._server, exception)

    def close(self, seconds: float) -> None:
        """Abandon what is not acknowledged within `seconds`, and end the library's thread."""
        try:
            self._producer.flush(seconds)
        except errors.KafkaError:
            # The library's close() stops at the timeout of its own flush and fails no pending record.
            self._producer._sender.force_close()
            self._producer._sender.join(_CLOSE_TIMEOUT_S)
        self._producer.close(_CLOSE_TIMEOUT_S)
