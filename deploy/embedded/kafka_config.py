"""Kafka's configuration: one broker that is its own controller, on the loopback address only."""

from pathlib import Path

from deploy.embedded.ports import LOOPBACK
from schemas.errors import Configuration

# ten times the largest report that intake accepts
_MESSAGE_BYTES = 10 * 1024 * 1024

_FIXED = {
    # `init` creates every topic: one created by a worker's request would have one partition
    "auto.create.topics.enable": "false",
    "default.replication.factor": 1,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 8,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 8,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "share.coordinator.state.topic.num.partitions": 1,
    # how long the transaction of a killed worker may hold back readers of committed records
    "transaction.max.timeout.ms": 120_000,
    "group.initial.rebalance.delay.ms": 0,
    # by default a starved broker exits when it has not reached its own controller within a minute
    "initial.broker.registration.timeout.ms": 900_000,
    # a killed broker returns only when its former session has ended; a starved one must not lose its session
    "broker.session.timeout.ms": 18_000,
    "message.max.bytes": _MESSAGE_BYTES,
    "replica.fetch.max.bytes": _MESSAGE_BYTES,
    # the default takes 128 MB of the heap
    "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
}


def kafka_properties(data: Path, ports: dict[str, int]) -> str:
    """Return `server.properties` of one broker that is its own controller, with a port for each listener.

    Raises: Configuration when that file cannot express the path.
    """
    if any(sign in str(data) for sign in ",\\\n"):
        raise Configuration(f"Kafka cannot keep its data in a path with a comma or backslash: {data}")
    rows = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{LOOPBACK}:{ports['kafka_controller']}",
        "listeners": f"BROKER://{LOOPBACK}:{ports['kafka']},CONTROLLER://{LOOPBACK}:{ports['kafka_controller']}",
        "advertised.listeners": f"BROKER://{LOOPBACK}:{ports['kafka']}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": data,
        **_FIXED,
    }
    return "".join(f"{key}={value}\n" for key, value in rows.items())
