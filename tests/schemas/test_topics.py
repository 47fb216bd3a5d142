"""The registries of topics, agencies, events and names are closed and strict."""

import json
import logging
from io import StringIO

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from schemas import agencies, identity, topics
from schemas.errors import Configuration
from schemas.folding import fold
from schemas.records import codec
from schemas.runtime import telemetry
from schemas.runtime.settings import Endpoints, Settings, endpoints


def test_every_topic_has_a_released_schema_and_every_schema_a_topic() -> None:
    assert {topic.schema for topic in topics.TOPICS.values()} == {row.name for row in codec.released().values()}


def test_what_was_written_over_is_compacted_within_a_day_where_reports_stand_and_orders_stay_for_a_week() -> None:
    day = str(24 * 3_600_000)
    for topic in (topics.INCIDENTS, topics.RELEASED_INCIDENTS):
        settings = topic.settings()
        assert (settings["segment.ms"], settings["max.compaction.lag.ms"]) == (day, day)
    assert topics.PURGES.settings()["min.compaction.lag.ms"] == str(7 * 24 * 3_600_000)
    assert "segment.ms" not in topics.AGENCIES.settings()


def test_match_domains_meet_in_the_same_partition_of_each_topic() -> None:
    assert topics.ENRICHED_REPORTS.partitions == topics.INCIDENTS.partitions


def test_rejected_reports_take_the_largest_record_of_any_topic() -> None:
    others = [topic.max_message_bytes for topic in topics.TOPICS.values() if topic is not topics.REJECTED_REPORTS]

    assert topics.REJECTED_REPORTS.max_message_bytes > max(others) + codec.MAX_REPORT_BYTES


ROW = """
[[topic]]
name = "a"
schema = "s"
key = "k"
partitions = 1
max_message_bytes = 1
rebuilt = false
writers = []
readers = []
"""


@pytest.mark.parametrize(
    "text",
    [
        ROW,
        ROW + 'cleanup="delete"\n',
        ROW + 'cleanup="compact"\nretention_days=3\n',
        ROW + 'cleanup="compact"\npartitons=3\n',
        ROW + 'cleanup="compact"\n' + ROW + 'cleanup="compact"\n',
    ],
    ids=["no cleanup", "delete without retention", "compact with retention", "misspelt key", "twice"],
)
def test_a_wrong_row_is_refused(text: str) -> None:
    with pytest.raises(Configuration):
        topics.parse(text)


def test_the_first_generation_has_plain_names_and_later_ones_a_suffix() -> None:
    assert topics.INCIDENTS.at(1) == "incidents"
    assert topics.INCIDENTS.at(2) == "incidents.g2"
    assert topics.INCIDENT_REPORTS.at(2) == "incident-reports"
    assert topics.consumer_group("resolve", 2) == "interagency-resolve.g2"


def test_the_agency_is_who_the_topic_says() -> None:
    assert topics.agency_of(topics.reports_topic("calexico_pd")) == "calexico_pd"
    assert topics.agency_of("incidents") == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"agency_id": "internal"},
        {"agency_id": "Upper"},
        {"agency_id": "a-b"},
        {"agency_id": "ok_pd", "kind": "city"},
        {"agency_id": "ok_pd", "time_zone": "Mars/Base"},
        {"agency_id": "ok_pd", "match_domain": 4},
        {"agency_id": "ok_pd", "colour": "red"},
    ],
)
def test_a_wrong_agency_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(Configuration):
        agencies.agency_row(fields, "test")


def test_an_agency_without_default_handling_is_restricted() -> None:
    assert agencies.agency_row({"agency_id": "ok_pd"}, "test")["default_handling"] == {}


REPORT_IDS = st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=5, unique=True)


@given(REPORT_IDS, st.randoms())
def test_an_incident_is_named_by_its_members_in_any_order(report_ids: list[str], random: object) -> None:
    shuffled = list(report_ids)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert identity.incident_id(shuffled) == identity.incident_id(report_ids)
    assert identity.incident_id(report_ids) == identity.incident_id([min(report_ids, key=str.encode)])


@given(REPORT_IDS)
def test_two_audiences_cannot_compare_the_names_of_their_views(report_ids: list[str]) -> None:
    one, two = (identity.audience_secret(b"m" * 32, audience) for audience in ("a_pd", "b_pd"))

    assert identity.view_id(one, report_ids) != identity.view_id(two, report_ids)
    assert identity.view_id(one, report_ids) != identity.view_id(
        identity.audience_secret(b"n" * 32, "a_pd"), report_ids
    )


@given(st.integers(1, 1000), st.integers(1, 2**40 - 1), st.integers(1, 2**40 - 1))
def test_a_later_generation_is_always_newer(generation: int, early: int, late: int) -> None:
    assert identity.document_version(generation + 1, early) > identity.document_version(generation, late)
    assert identity.document_version(generation + 1, early) < 2**63


@pytest.mark.parametrize(("generation", "revision"), [(0, 1), (1, 0), (1, 2**40)])
def test_a_version_out_of_bounds_is_refused(generation: int, revision: int) -> None:
    with pytest.raises(ValueError, match="no document version"):
        identity.document_version(generation, revision)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_folding_makes_accents_and_case_equal() -> None:
    assert (
        fold("PEDRADAS en la LÍNEA, Peña") == fold("pedradas EN LA linea, PEN\u0303A") == "pedradas en la linea, pena"
    )


def test_an_unregistered_event_or_key_fails_the_tests_and_never_reaches_a_log() -> None:
    out = StringIO()
    before = logging.getLogger().handlers[:]
    try:
        telemetry.configure_logging("test", form="json", strict=True, stream=out)
        with pytest.raises(telemetry.UnregisteredEvent):
            telemetry.logger("t").info("no_such_event")
        with pytest.raises(telemetry.UnregisteredEvent):
            telemetry.logger("t").info("worker_started", narrative="a witness said")
        structlog.reset_defaults()
        telemetry.configure_logging("test", form="json", strict=False, stream=out)
        telemetry.logger("t").info("worker_started", stage="intake", narrative="a witness said")
        try:
            raise ValueError("a witness said")
        except ValueError:
            telemetry.logger("t").error("worker_failed", stage="intake", exc_info=True)
        logging.getLogger("some.library").warning("told by a library")
    finally:
        logging.getLogger().handlers[:] = before
        structlog.reset_defaults()
    ours, failed, library = (json.loads(line) for line in out.getvalue().splitlines())

    assert ours["event"]["action"] == "worker_started"
    assert ours["labels"] == {"stage": "intake"}
    assert ours["service"]["name"] == library["service"]["name"] == "test"
    assert "builtins.ValueError" in failed["error"]["stack_trace"]
    assert library["log"]["logger"] == "some.library"
    assert "witness" not in out.getvalue()


def test_services_are_named_all_or_none() -> None:
    with pytest.raises(Configuration, match="INTERAGENCY_REGISTRY"):
        endpoints(Settings(kafka="127.0.0.1:1", elasticsearch="http://127.0.0.1:3"))
    named = Settings(kafka="127.0.0.1:1", registry="http://127.0.0.1:2/", elasticsearch="http://127.0.0.1:3")

    assert endpoints(named) == Endpoints("127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3")


def test_a_slow_machine_is_no_warning_of_a_library() -> None:
    out = StringIO()
    before = logging.getLogger().handlers[:]
    try:
        telemetry.configure_logging("test", form="json", stream=out)
        logging.getLogger("kafka.net.selector").warning("Task ran for 0.107s (>0.100s threshold)")
        logging.getLogger("kafka.conn").warning("what else it warns of")
    finally:
        logging.getLogger().handlers[:] = before
        structlog.reset_defaults()
    assert [json.loads(line)["message"] for line in out.getvalue().splitlines()] == ["what else it warns of"]
