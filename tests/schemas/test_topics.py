"""The registry of topics is closed and strict."""

import pytest

from schemas import topics
from schemas.errors import Configuration
from schemas.records import codec


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
