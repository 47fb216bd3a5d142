"""Which report's word leads, why, and where the reports disagree."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.search_document import VALUES
from streams.sharing import survivorship
from tests.streams.fakes import NOW
from tests.streams.worlds import told

MINUTE = 60_000
Case = tuple[str, dict[str, Any], dict[str, Any], str, str]


def test_every_value_of_the_contract_has_a_rule() -> None:
    assert survivorship.RULES.keys() == VALUES.keys()


# value, what a_pd:1 says, what b_so:2 says, who leads, why
CASES: list[Case] = [
    ("location", {"precision": "BLOCK"}, {"precision": "GPS"}, "b_so:2", "most_precise"),
    ("location", {"precision": "UNKNOWN"}, {"precision": "COUNTY"}, "b_so:2", "most_precise"),
    ("location", {"precision": "UNKNOWN"}, {"precision": "a word of tomorrow"}, "a_pd:1", "tie_by_id"),
    ("location", {"lat": None}, {"precision": "COUNTY"}, "b_so:2", "only"),
    ("location", {"updated_at": NOW}, {"updated_at": NOW + 1}, "b_so:2", "newest"),
    ("location", {}, {}, "a_pd:1", "tie_by_id"),
    ("address", {"precision": "PLACE"}, {"precision": "MILEPOST"}, "b_so:2", "most_precise"),
    ("address", {"address": None}, {}, "b_so:2", "only"),
    ("occurred_at", {"occurred_precision_s": 60}, {"occurred_precision_s": 1}, "b_so:2", "most_precise"),
    ("occurred_at", {"occurred_at": NOW, "updated_at": NOW + 9}, {"occurred_at": NOW - 1}, "b_so:2", "earliest"),
    ("occurred_at", {"updated_at": NOW}, {"updated_at": NOW + 1}, "b_so:2", "newest"),
    ("occurred_at", {"occurred_at": None}, {}, "b_so:2", "only"),
    ("offense", {"offense": {"text": "RIÑA"}, "updated_at": NOW + 9}, {}, "b_so:2", "mapped"),
    (
        "offense",
        {"offense": {"concept": "a"}},
        {"offense": {"concept": "b"}, "updated_at": NOW + 9},
        "b_so:2",
        "newest",
    ),
    ("offense", {"offense": {"code": "10-50"}}, {"offense": {}}, "a_pd:1", "only"),
    ("side", {"place": {"side": "UNKNOWN"}}, {"place": {"side": "MX"}}, "b_so:2", "only"),
    ("side", {"place": {"side": "US"}}, {"place": {"side": "MX"}, "precision": "GPS"}, "b_so:2", "most_precise"),
]


@pytest.mark.parametrize(("name", "one", "other", "leads", "because"), CASES)
def test_who_leads_and_why(name: str, one: dict[str, Any], other: dict[str, Any], leads: str, because: str) -> None:
    value = survivorship.choose([told("a_pd:1", **one), told("b_so:2", **other)])[name]

    assert (value.report["report_id"], value.reason) == (leads, because)


# value, what a_pd:1 says, what b_so:2 says, whether they disagree
DISAGREEMENTS: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("location", {"precision": "GPS"}, {"precision": "GPS", "lat": 32.674 + 270 / 111_195}, False),
    ("location", {"precision": "GPS"}, {"precision": "GPS", "lat": 32.674 + 310 / 111_195}, True),
    ("location", {"precision": "GPS", "lat": 0.0}, {"precision": "GPS", "lat": 279.999 / 111_195}, False),
    ("location", {"precision": "GPS", "lat": 0.0}, {"precision": "GPS", "lat": 280.001 / 111_195}, True),
    ("location", {"precision": "GPS"}, {"precision": "CITY", "lat": 32.674 + 5_000 / 111_195}, False),
    ("location", {"precision": "GPS"}, {"precision": "GPS", "lon": -115.499 + 310 / 93_600}, True),
    ("location", {"lat": None}, {"lat": 40.0}, False),
    ("occurred_at", {"occurred_at": NOW}, {"occurred_at": NOW + 6 * MINUTE}, False),
    ("occurred_at", {"occurred_at": NOW}, {"occurred_at": NOW + 6 * MINUTE + 1}, True),
    ("occurred_at", {"occurred_at": NOW + 6 * MINUTE + 1}, {"occurred_at": NOW}, True),
    ("occurred_at", {"occurred_at": NOW, "occurred_precision_s": 86_400}, {"occurred_at": NOW + 600 * MINUTE}, False),
    ("offense", {"offense": {"concept": "a", "family": "x"}}, {"offense": {"concept": "b", "family": "x"}}, False),
    ("offense", {"offense": {"concept": "a", "family": "x"}}, {"offense": {"concept": "b", "family": "y"}}, True),
    ("offense", {"offense": {"concept": "a", "family": "x"}}, {"offense": {"text": "ALGO"}}, False),
    ("side", {"place": {"side": "US"}}, {"place": {"side": "MX"}}, True),
    ("side", {"place": {"side": "US"}}, {"place": {"side": "UNKNOWN"}}, False),
    ("address", {"address": "1 A ST"}, {"address": "9 B AVE"}, False),
]


@pytest.mark.parametrize(("name", "one", "other", "disagree"), DISAGREEMENTS)
def test_what_is_a_disagreement(name: str, one: dict[str, Any], other: dict[str, Any], disagree: bool) -> None:
    found = survivorship.conflicts(survivorship.choose([told("a_pd:1", **one), told("b_so:2", **other)]))

    assert (name in found) is disagree


def test_a_value_that_nobody_has_is_left_out() -> None:
    nothing: dict[str, Any] = dict.fromkeys(("occurred_at", "lat", "lon", "address", "offense", "place"))

    assert survivorship.choose([told("a_pd:1", **nothing), told("b_so:2", **nothing)]) == {}


REPORTS = st.lists(
    st.builds(
        told,
        st.sampled_from(["a_pd:1", "a_pd:2", "b_so:1", "c_mx:1"]),
        precision=st.sampled_from(["GPS", "BLOCK", "UNKNOWN", None]),
        lat=st.sampled_from([32.6, 32.7, None]),
        occurred_at=st.sampled_from([NOW, NOW - MINUTE, NOW - 60 * MINUTE, None]),
        occurred_precision_s=st.sampled_from([0, 60, 86_400, None]),
        updated_at=st.sampled_from([NOW, NOW + 1]),
        offense=st.sampled_from([{"concept": "a", "family": "x"}, {"concept": "b"}, {"text": "B"}, None]),
        place=st.sampled_from([{"side": "US"}, {"side": "MX"}, {}, None]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda report: str(report["report_id"]),
)


@given(REPORTS, st.randoms())
def test_the_order_of_reports_changes_nothing(reports: list[dict[str, Any]], random: Any) -> None:
    shuffled = random.sample(reports, len(reports))

    assert survivorship.choose(shuffled) == survivorship.choose(reports)
    assert survivorship.conflicts(survivorship.choose(shuffled)) == survivorship.conflicts(survivorship.choose(reports))


@given(REPORTS)
def test_nothing_is_overwritten(reports: list[dict[str, Any]]) -> None:
    """Every report's value stands there once, with its source, and the reason is a word of the list."""
    for name, value in survivorship.choose(reports).items():
        told_by = {report["report_id"]: survivorship.RULES[name].value(report) for report in reports}
        kept = {report["report_id"]: other for other, report in [(value.value, value.report), *value.others]}

        assert kept == {source: said for source, said in told_by.items() if said is not None}
        assert len(value.others) == len(kept) - 1
        assert value.reason in survivorship.REASONS
        assert (value.reason == "only") == (not value.others)
