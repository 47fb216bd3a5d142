"""The SDK: five lines for a vendor, and what becomes of its reports whatever Kafka does."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers import Accepted, Publisher, Report
from producers.delivery import spool
from producers.delivery.agency_registry import Registry, load_rows
from producers.delivery.memory import MemoryKafka
from producers.delivery.session import Session, connect
from schemas.errors import Configuration, Reason, Rejected, Transient
from schemas.records import codec
from schemas.runtime.settings import Endpoints, Settings
from tests.factories import agency, report


def _settings(home: Path) -> Settings:
    return Settings(home=home, delivery_timeout_s=0.1)


def _to(*kafkas: MemoryKafka | None) -> Callable[[Settings], Session]:
    """Connect to these in turn; None does not answer."""
    left = list(kafkas)

    def connecting(settings: Settings) -> Session:
        kafka = left.pop(0)
        if kafka is None:
            return Session(settings, Transient("no Kafka"), None)
        return Session(settings, kafka, Registry(kafka, kafka, 1.0))

    return connecting


def _sequences(kafka: MemoryKafka) -> list[int]:
    found = []
    for partition in kafka.topics.get("incident-reports.yuma_pd", []):
        for stored in partition:
            read = codec.decode("incident_report", stored.value)
            assert not isinstance(read, Rejected)
            assert stored.key == read["local_incident_id"].encode()
            assert read["agency"]["agency_id"] == "yuma_pd"
            found.append(read["sequence"])
    return sorted(found)


def test_vendor_publishes_in_two_lines(tmp_path: Path) -> None:
    kafka = MemoryKafka()
    with Publisher("yuma_pd", _settings(tmp_path), _to(kafka)) as feed:
        answer = feed.send(Report(source_id="26-1", version=1, occurred_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert answer == Accepted("yuma_pd:26-1", 1)
    assert (feed.outcome.acknowledged, feed.outcome.refused, feed.outcome.problem) == (1, 0, "")
    assert _sequences(kafka) == [1]


def test_flush_tells_what_became_of_every_report(tmp_path: Path) -> None:
    with Publisher("yuma_pd", _settings(tmp_path), _to(MemoryKafka())) as feed:
        feed.send(report(version=1))
        rejected = feed.send(report(version=0))
        outcome = feed.flush()
    assert isinstance(rejected, Rejected)
    assert (outcome.acknowledged, outcome.refused, outcome.spooled) == (1, 1, 0)


def test_report_too_large_for_intake_is_refused_and_not_kept(tmp_path: Path) -> None:
    with Publisher("yuma_pd", _settings(tmp_path), _to(None)) as feed:
        rejected = feed.send(report(narrative="x" * 300_000))
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.TOO_LARGE
    assert spool.record_counts(tmp_path) == {}


def test_reports_without_kafka_are_kept_and_the_next_run_delivers_them_first(tmp_path: Path) -> None:
    with Publisher("yuma_pd", _settings(tmp_path), _to(None)) as feed:
        for version in range(1, 4):
            feed.send(report(version=version))
    assert (feed.outcome.spooled, feed.outcome.problem) == (3, "no Kafka")
    kafka = MemoryKafka()
    with Publisher("yuma_pd", _settings(tmp_path), _to(kafka)) as feed:
        assert _sequences(kafka) == [1, 2, 3]
        feed.send(report(version=4))
    assert (feed.outcome.delivered, feed.outcome.acknowledged) == (3, 1)
    assert _sequences(kafka) == [1, 2, 3, 4]
    assert spool.record_counts(tmp_path) == {}


def test_publisher_leaves_the_spools_of_other_agencies_alone(tmp_path: Path) -> None:
    with Publisher("yuma_pd", _settings(tmp_path), _to(None)) as feed:
        feed.send(report())
    with Publisher("nogales_pd", _settings(tmp_path), _to(MemoryKafka())):
        pass
    assert spool.record_counts(tmp_path) == {"yuma_pd": 1}


def test_kafka_that_fails_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    first, second = MemoryKafka(fails_after=8), MemoryKafka()
    with Publisher("yuma_pd", _settings(tmp_path), _to(first)) as feed:
        for version in range(1, 21):
            feed.send(report(version=version))
    # One of the eight was the row of the agency.
    assert (feed.outcome.acknowledged, feed.outcome.spooled) == (7, 13)
    with Publisher("yuma_pd", _settings(tmp_path), _to(second)):
        pass
    assert _sequences(first) + _sequences(second) == list(range(1, 21))


def test_long_lived_publisher_comes_back_to_kafka_at_a_flush(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.publisher._RECONNECT_S", 0.0)
    kafka = MemoryKafka()
    with Publisher("yuma_pd", _settings(tmp_path), _to(None, None, kafka)) as feed:
        feed.send(report(version=1))
        assert feed.flush().spooled == 1
        feed.send(report(version=2))
        assert feed.flush().problem == ""
        feed.send(report(version=3))
    assert _sequences(kafka) == [1, 2, 3]
    assert (feed.outcome.spooled, feed.outcome.delivered, feed.outcome.acknowledged) == (2, 2, 1)


def test_publisher_that_is_connected_stays_connected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.publisher._RECONNECT_S", 0.0)
    kafka = MemoryKafka()
    with Publisher("yuma_pd", _settings(tmp_path), _to(kafka)) as feed:
        feed.flush()
        feed.send(report())
    assert _sequences(kafka) == [1]


def test_publisher_does_not_try_again_at_every_flush(tmp_path: Path) -> None:
    with Publisher("yuma_pd", _settings(tmp_path), _to(None)) as feed:
        for _ in range(3):
            feed.flush()


def test_country_of_the_agency_is_remembered_without_kafka(tmp_path: Path) -> None:
    kafka = MemoryKafka()
    Registry(kafka, kafka, 1.0).add(agency("tecate_pd", country="MEX"))
    for answering in (kafka, None, kafka):
        with Publisher("tecate_pd", _settings(tmp_path), _to(answering)) as feed:
            if answering is None:
                feed.send(report())
    [stored] = [one for partition in kafka.topics["incident-reports.tecate_pd"] for one in partition]
    assert codec.decode_trusted("incident_report", stored.value or b"")["incident_uid"].startswith("urn:incident:MEX:")


def test_code_system_of_a_new_agency_is_that_of_its_first_report(tmp_path: Path) -> None:
    with Publisher("yuma_pd", _settings(tmp_path), _to(None)) as feed:
        feed.send(report())
    kafka = MemoryKafka()
    with Publisher("yuma_pd", _settings(tmp_path), _to(kafka)) as feed:
        feed.send(report(version=2, type_system="ten"))
    assert load_rows(kafka)["yuma_pd"]["code_system"] == "ten"


def test_stranger_is_refused_on_services_that_are_not_ours(tmp_path: Path) -> None:
    external = Settings(home=tmp_path, kafka="k:1", registry="http://r", elasticsearch="http://e")
    with Publisher("yuma_pd", external, _to(MemoryKafka())) as feed:
        rejected = feed.send(report())
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.AGENCY_UNKNOWN
    assert "agency add yuma_pd" in rejected.hint


@pytest.mark.parametrize("name", ["", "Yuma PD", "internal", "../yuma"])
def test_name_that_is_no_agency_id_is_a_matter_of_configuration(name: str) -> None:
    with pytest.raises(Configuration):
        Publisher(name, Settings())


def test_publisher_is_a_context_manager(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="with statement"):
        Publisher("yuma_pd", _settings(tmp_path)).send(report())


@pytest.mark.services
def test_real_kafka_acknowledges(endpoints: Endpoints, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    endpoints.write(settings.endpoints_file)
    with Publisher("port_pd", Settings(home=tmp_path, kafka=None, registry=None, elasticsearch=None), connect) as feed:
        for version in range(1, 1_001):
            assert feed.send(report(version=version)) == Accepted("port_pd:26-004711", version)
        outcome = feed.flush()
    assert (outcome.acknowledged, outcome.spooled, outcome.refused) == (1_000, 0, 0)
