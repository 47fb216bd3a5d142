"""Administer topics and inspect offsets through kafka-python."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from time import monotonic, sleep
from typing import Any, Self

import kafka
from kafka import errors
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.structs import TopicPartition

from producers.delivery.kafka.connection import require_listener, translated_errors
from producers.delivery.kafka.topic_reader import TopicReader
from producers.delivery.port import Offsets
from schemas.errors import Configuration

ADMIN_TIMEOUT_S = 30.0
_RETRY_S = 0.2
_TOPIC = ConfigResourceType.TOPIC
_BAD_TOPIC = (
    errors.InvalidPartitionsError,
    errors.InvalidReplicationFactorError,
    errors.InvalidConfigurationError,
    errors.InvalidTopicError,
    errors.PolicyViolationError,
)


class Admin(TopicReader):
    """Create, configure and inspect topics, and read small ones. Every call raises Transient or Denied."""

    def __init__(self, server: str, timeout_s: float = ADMIN_TIMEOUT_S) -> None:
        """Connect; each call takes at most `timeout_s` seconds. Raises: Transient, Denied."""
        super().__init__(server, int(timeout_s * 1000))
        require_listener(server, timeout_s)
        with translated_errors(server):
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
        """Close the connection."""
        self._client.close()

    def _retry(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Call again while Kafka answers 'not yet': a new broker has no group coordinator until it is asked for one."""
        deadline = monotonic() + self._timeout_ms / 1000
        while True:
            try:
                return call(*arguments)
            except errors.RetriableError:
                if monotonic() >= deadline:
                    raise
                sleep(_RETRY_S)

    def topic_names(self) -> set[str]:
        """Return the names of all topics, Kafka's internal ones aside. Raises: Transient, Denied."""
        with translated_errors(self._server):
            return {name for name in self._retry(self._client.list_topics) if not name.startswith("__")}

    def create_topics(self, topics: Mapping[str, tuple[int, Mapping[str, str]]]) -> set[str]:
        """Create the topics, name -> (number of partitions, settings), that do not exist; return the new names.

        Raises: Configuration when Kafka refuses a setting; Transient; Denied.
        """
        requests = {
            name: {"num_partitions": partitions, "configs": dict(settings)}
            for name, (partitions, settings) in topics.items()
        }
        if not requests:
            return set()
        with translated_errors(self._server):
            answer = self._client.create_topics(requests, timeout_ms=self._timeout_ms, raise_errors=False)
            created = set()
            for topic in answer["topics"]:
                kind = errors.for_code(topic["error_code"])
                if kind is errors.NoError:
                    created.add(topic["name"])
                elif issubclass(kind, _BAD_TOPIC):
                    raise Configuration(f"topic {topic['name']}: {topic.get('error_message') or kind.__name__}")
                elif kind is not errors.TopicAlreadyExistsError:
                    raise kind(topic.get("error_message"))
            self._client.wait_for_topics(list(requests), timeout_ms=self._timeout_ms)
        return created

    def change_topics(self, settings: Mapping[str, Mapping[str, str]]) -> None:
        """Change these settings of existing topics, and no others; return once the broker applies them.

        Raises: Configuration when Kafka refuses a setting; Transient; Denied.
        """
        deadline = monotonic() + self._timeout_ms / 1000
        with translated_errors(self._server):
            while changes := [ConfigResource(_TOPIC, name, dict(settings[name])) for name in self._differing(settings)]:
                answer = self._retry(partial(self._client.alter_configs, incremental=True), changes)["topic"]
                for name, error in answer.items():
                    if error != "OK":
                        raise Configuration(f"topic {name}: {error}")
                if monotonic() >= deadline:
                    raise errors.KafkaTimeoutError("the broker does not apply a changed setting")
                sleep(_RETRY_S)

    def _differing(self, settings: Mapping[str, Mapping[str, str]]) -> list[str]:
        """Return the topics on the broker of which a setting differs."""
        if not settings:
            return []
        resources = [ConfigResource(_TOPIC, name, list(values)) for name, values in sorted(settings.items())]
        answer = self._retry(partial(self._client.describe_configs, config_filter="all"), resources)["topic"]
        return [
            name
            for name, current in answer.items()
            if {key: current[key]["value"] for key in settings[name]} != dict(settings[name])
        ]

    def end_offsets(self, topics: Iterable[str]) -> Offsets:
        """Return the offset after the last record, transaction markers included, of each partition."""
        return self._offsets(topics, OffsetSpec.LATEST)

    def beginning_offsets(self, topics: Iterable[str]) -> Offsets:
        """Return the first offset of each partition."""
        return self._offsets(topics, OffsetSpec.EARLIEST)

    def _offsets(self, topics: Iterable[str], spec: OffsetSpec) -> Offsets:
        names = sorted(set(topics))
        if not names:
            return {}
        with translated_errors(self._server):
            specs = {
                TopicPartition(topic["name"], partition["partition_index"]): spec
                for topic in self._retry(self._client.describe_topics, names)
                for partition in topic["partitions"]
            }
            offsets = self._retry(self._client.list_partition_offsets, specs) if specs else {}
            return {(at.topic, at.partition): place.offset for at, place in offsets.items()}

    def group_offsets(self, group: str) -> Offsets:
        """Return what a consumer group has committed; {} for a group that never existed. Raises: Transient, Denied."""
        with translated_errors(self._server):
            offsets = self._retry(self._client.list_group_offsets, group).get(group, {})
            return {(at.topic, at.partition): place.offset for at, place in offsets.items() if place.offset >= 0}
