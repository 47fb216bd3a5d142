"""Kafka in memory, for commands: what they are given to ask it and to write to it."""

import pytest
import typer
from typer.testing import CliRunner, Result

from producers.delivery import kafka
from producers.delivery.memory import MemoryKafka
from schemas.topics import Topic
from sinks.cli import session
from streams.evaluation import topic_history
from tests.sinks.fakes import MemoryTopics
from tests.sinks.joined import NOWHERE


class FakeAdmin(MemoryKafka):
    """The fake as a context, as the real one is."""

    def __enter__(self) -> "FakeAdmin":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def kafka_in_memory(monkeypatch: pytest.MonkeyPatch, *topics: Topic) -> FakeAdmin:
    """Let the commands of this test ask and write to a Kafka in memory that has these topics."""
    made = FakeAdmin(topics={topic.name: [[]] for topic in topics})
    monkeypatch.setattr(kafka, "Producer", lambda *_: made)
    monkeypatch.setattr(kafka, "Admin", lambda *_: made)
    monkeypatch.setattr(session, "topics_at", lambda *_: MemoryTopics(made))
    monkeypatch.setattr(topic_history, "TopicClient", lambda *_: MemoryTopics(made))
    return made


def invoke(app: typer.Typer, *words: str, expect: int = 0) -> Result:
    """Run a command without services; it has to end with that exit code."""
    result = CliRunner().invoke(app, words, env=NOWHERE)
    code = getattr(result.exception, "exit_code", result.exit_code)
    assert code == expect, (result.output, result.exception)
    return result
