"""Read committed records of a topic, and the members of a group, from the broker."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import kafka
from kafka.admin import MemberToRemove
from kafka.errors import RetriableError

from producers.delivery.kafka import Admin
from schemas.topics import consumer_group
from tests.patience import until
from tests.systemtest import oracle


class Committed:
    """The newest committed value of each key that was written to a topic since this was made."""

    def __init__(self, server: str, topic: str) -> None:
        self._server = server
        with Admin(server) as admin:
            self._next = dict(admin.end_offsets({topic}))
        self._values: dict[bytes, bytes] = {}

    def values(self) -> list[bytes]:
        """Read what was committed since the last call; gives the newest value of each key."""
        for record in oracle.records(self._server, self._next):
            self._next[record.topic, record.partition] = record.offset + 1
            self._values[record.key or b""] = record.value or b""
        return list(self._values.values())


@contextmanager
def administering(server: str) -> Iterator[Any]:
    """Kafka's own administration, for what the product has no use for."""
    client = kafka.KafkaAdminClient(bootstrap_servers=server)
    try:
        yield client
    finally:
        client.close()


def bury(server: str, *stages: str) -> None:
    """Tell the groups of stages that their members are dead: to wait for their sessions at every kill takes minutes."""
    with administering(server) as client:
        for group in (consumer_group(stage, 1) for stage in stages):
            members = until(lambda group=group: _members(client, group), what=f"the members of {group}")  # type: ignore[misc]
            if members != [None]:
                client.remove_group_members(group, [MemberToRemove(one["member_id"]) for one in members])


def _members(client: Any, group: str) -> list[Any]:
    """The members of a group, or [None] where it has none; [] while the broker cannot tell."""
    try:
        return client.describe_groups([group])[group]["members"] or [None]
    except RetriableError:
        return []
