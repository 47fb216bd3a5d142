"""What `init` makes on a real broker, and what it changes in a home of an earlier release."""

import pytest

from deploy.provision.init import TIMESTAMPS, create_topics
from producers.delivery.kafka import Admin, Producer
from schemas.runtime.clock import now_ms
from schemas.runtime.settings import Endpoints
from schemas.topics import reports_topic
from tests.systemtest import oracle

pytestmark = pytest.mark.services
MADE_UP_MS = 1


def publish(endpoints: Endpoints, topic: str) -> None:
    connection = Producer(endpoints.kafka, 30)
    assert connection.wait(connection.send(topic, b"k", b"v", MADE_UP_MS), 30)
    connection.close(30)


def times(endpoints: Endpoints, topic: str) -> list[int]:
    return [record.timestamp for record in oracle.of_topics(endpoints.kafka, topic.__eq__)]


def test_no_time_that_a_sender_makes_up_is_a_clock_of_ours(endpoints: Endpoints) -> None:
    earlier, bundled = reports_topic("earlier_pd"), reports_topic("calexico_pd")
    with Admin(endpoints.kafka) as admin:
        # Else the broker deletes what a made-up time makes older than its retention.
        admin.create_topics({earlier: (1, {TIMESTAMPS: "CreateTime", "retention.ms": "-1"})})
    publish(endpoints, earlier)
    begun = now_ms()

    create_topics(endpoints, 1)
    for topic in (earlier, bundled):
        publish(endpoints, topic)

    (before, after), (of_new,) = times(endpoints, earlier), times(endpoints, bundled)
    assert before == MADE_UP_MS
    assert min(after, of_new) >= begun - 1_000
