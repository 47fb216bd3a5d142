"""Publishing feed files as a use case: called without any command, it returns what became of every line."""

from pathlib import Path

from producers.delivery.agency_registry import Registry
from producers.delivery.memory import MemoryKafka
from producers.delivery.session import Session
from producers.feeds.publish import publish
from producers.feeds.reader import FeedReader
from producers.validation.nearest_agencies import discard
from schemas.errors import PipelineError, Transient
from schemas.runtime.settings import Settings
from tests.factories import line


def _session(home: Path, kafka: MemoryKafka | PipelineError) -> Session:
    settings = Settings(home=home, delivery_timeout_s=0.1)
    registry = None if isinstance(kafka, PipelineError) else Registry(kafka, kafka, 1.0)
    return Session(settings, kafka, registry)


def _feed(path: Path, *lines: bytes) -> str:
    path.write_bytes(b"".join(lines))
    return str(path)


def test_every_line_is_acknowledged_or_refused(tmp_path: Path) -> None:
    file = _feed(tmp_path / "feed.jsonl", line(source_id="a"), b"{}\n", line(source_id="b", precision="rooftop"))

    result = publish(_session(tmp_path / "home", MemoryKafka()), FeedReader([file]), True, None, discard)

    assert (result.lines, result.acknowledged, len(result.refusals), result.unknown_precisions) == (3, 2, 1, 1)
    assert (result.refusals[0].file, result.refusals[0].line) == (file, 2)
    assert (result.problem, result.unsent, result.unknown_agency) == (None, False, False)


def test_what_kafka_does_not_take_is_on_disk_and_delivered_by_the_next_run(tmp_path: Path) -> None:
    home, file = tmp_path / "home", _feed(tmp_path / "feed.jsonl", line(source_id="a"))

    first = publish(_session(home, Transient("no Kafka")), FeedReader([file]), True, None, discard)
    second = publish(_session(home, MemoryKafka()), FeedReader([]), True, None, discard)

    assert (first.spooled, first.unsent, str(first.problem)) == (1, True, "no Kafka")
    assert (second.delivered, second.unsent, second.problem) == (1, False, None)


def test_an_agency_that_is_new_is_announced_once(tmp_path: Path) -> None:
    notices: list[str] = []
    file = _feed(tmp_path / "feed.jsonl", *(line(agency="zz_new_pd", source_id=name) for name in ("a", "b")))

    publish(_session(tmp_path / "home", MemoryKafka()), FeedReader([file]), False, None, notices.append)

    assert [notice.partition(";")[0] for notice in notices] == ["agency zz_new_pd is new"]
