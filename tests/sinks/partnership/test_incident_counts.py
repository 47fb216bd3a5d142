"""Which cells an incident counts in: once for each real incident, by what each audience sees of it."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from schemas.agreements import Checkpoint
from schemas.agreements.model import Focus
from sinks.partnership.incident_counts import (
    ANSWER,
    INCIDENTS,
    LINK,
    NEAR_CHECKPOINT,
    TOTALS,
    WORKLOAD,
    CountingTerms,
    Entry,
    InquiryTimes,
    Snapshot,
    is_counted,
    snapshot,
)

AT = 1_767_571_200_000
MINUTE = 60_000
TERMS = CountingTerms({"a_pd": "USA", "b_so": "USA", "c_mx": "MEX"})


def incident(name: str, *agencies: str, **fields: Any) -> dict[str, Any]:
    """An incident that each of these agencies reported a minute after the one before."""
    reports = [
        {"report_id": f"{agency}:{name}", "agency": agency, "published_at": AT + place * MINUTE}
        for place, agency in enumerate(agencies)
    ]
    own = {"state": "ACTIVE", "traffic": "ACTUAL", "occurred_at": AT, "agencies": list(agencies), "reports": reports}
    return {**own, **fields}


def count(counted: Snapshot, table: str, row: str, audience: str = "x") -> int:
    """Sum what counts in a cell."""
    entries = ((entry, number) for pattern, number in counted.patterns.items() for entry in pattern)
    return sum(entry.times * number for entry, number in entries if entry[:3] == (audience, table, row))


def of(*documents: dict[str, Any], terms: CountingTerms = TERMS, **more: Any) -> Snapshot:
    return snapshot({"x": documents}, terms, **more)


@pytest.mark.parametrize(("at", "counted"), [(9, False), (10, True), (19, True), (20, False), (None, False)])
def test_an_incident_counts_from_the_beginning_of_a_time_to_before_its_end(at: int | None, counted: bool) -> None:
    assert is_counted(incident("1", "a_pd", occurred_at=at), 10, 20) is counted


@pytest.mark.parametrize("fields", [{"traffic": "TEST"}, {"traffic": "EXERCISE"}, {"state": "CANCELLED"}])
def test_neither_tests_nor_cancelled_incidents_count(fields: dict[str, str]) -> None:
    assert not is_counted(incident("1", "a_pd", **fields), AT, AT + 1)


def test_an_incident_without_a_time_does_not_count() -> None:
    document = incident("1", "a_pd")
    del document["occurred_at"]

    assert not is_counted(document, 0, 10**15)


def test_nothing_seen_is_an_empty_snapshot() -> None:
    assert of() == Snapshot({}, {"x": {LINK: []}})
    assert snapshot({}, TERMS) == Snapshot({}, {})


def test_cells_that_are_zero_are_not_listed() -> None:
    (pattern,) = of(incident("1", "a_pd")).patterns

    assert pattern == (Entry("x", *INCIDENTS, 1), Entry("x", "agency", "a_pd", 1))


def test_incidents_of_one_kind_share_a_pattern() -> None:
    assert list(of(incident("1", "a_pd"), incident("2", "a_pd")).patterns.values()) == [2]


def test_what_two_audiences_see_of_one_incident_is_one_pattern() -> None:
    whole = incident("1", "a_pd", "b_so")
    part = {**incident("1", "a_pd"), "reports": whole["reports"][:1]}

    (pattern,) = snapshot({"x": [whole], "y": [part]}, TERMS).patterns
    assert {entry.audience for entry in pattern} == {"x", "y"}
    apart = snapshot({"x": [whole], "y": [incident("2", "a_pd")]}, TERMS).patterns
    assert sorted(apart.values()) == [1, 1]


def test_two_incidents_of_one_audience_that_are_one_to_another_are_one_pattern() -> None:
    together = incident("1", "a_pd", "b_so")
    parts = [{**incident("1", report["agency"]), "reports": [report]} for report in together["reports"]]

    (pattern,) = snapshot({"x": [together], "y": parts}, TERMS).patterns
    assert Entry("y", *INCIDENTS, 2) in pattern


@pytest.mark.parametrize(
    ("agencies", "linked", "cross_border"),
    [(("a_pd",), 0, 0), (("a_pd", "b_so"), 1, 0), (("a_pd", "c_mx"), 1, 1), (("a_pd", "unknown_pd"), 1, 1)],
)
def test_a_border_is_crossed_where_the_agencies_are_of_two_countries(
    agencies: Sequence[str], linked: int, cross_border: int
) -> None:
    counted = of(incident("1", *agencies))

    assert [count(counted, TOTALS, row) for row in ("joined", "across_the_border")] == [linked, cross_border]


def test_an_incident_of_several_values_counts_in_each_row_once() -> None:
    counted = of(incident("1", "a_pd", commodities=["drugs", "arms", "drugs"]))

    assert [count(counted, "commodity", row) for row in ("drugs", "arms")] == [1, 1]


def test_each_audience_has_its_own_focus() -> None:
    terms = TERMS._replace(focus={"x": Focus(frozenset({"DRUGS"}), frozenset())})
    counted = snapshot({"x": [incident("1", "a_pd", offense_family=["DRUGS"])], "y": [incident("2", "a_pd")]}, terms)

    assert [count(counted, TOTALS, "in_focus", audience) for audience in "xy"] == [1, 0]


def near(lat: float, at: int, checkpoint: Checkpoint) -> int:
    document = incident("1", "a_pd", occurred_at=at, location={"lat": lat, "lon": -110.0})
    return count(of(document, terms=TERMS._replace(checkpoints=[checkpoint])), NEAR_CHECKPOINT, "roving-1")


def test_a_checkpoint_counts_up_to_20_km_and_only_while_it_stands() -> None:
    checkpoint = Checkpoint("roving-1", 31.0, -110.0, AT, AT + MINUTE, "5.2")

    # A degree of latitude is 111.2 km.
    assert [near(31.0 + km / 111.2, AT, checkpoint) for km in (0, 19.9, 20.1)] == [1, 1, 0]
    assert [near(31.0, at, checkpoint) for at in (AT - 1, AT, AT + MINUTE - 1, AT + MINUTE)] == [0, 1, 1, 0]


def test_a_report_is_relabeled_when_its_code_changes_between_visible_versions() -> None:
    def relabeled(*codes: str | None) -> int:
        history = {"a_pd:1": [{"version": place, "offense_code": code} for place, code in enumerate(codes, 1)]}
        return count(of(incident("1", "a_pd", history=history)), TOTALS, "relabelled_reports")

    assert [relabeled(*codes) for codes in (("A",), ("A", "A"), ("A", "B"), (None, "B"), ("A", "B", "C"))] == [
        0,
        0,
        1,
        0,
        1,
    ]


def adjudicated(weight: float, verdict: str, by: str = "analyst-1") -> Snapshot:
    decision = {"left": "a_pd:1", "right": "b_so:1", "weight": weight, "threshold": 6.0, "verdict": verdict}
    document = incident("1", "a_pd", "b_so", decisions=[{**decision, "decided_by": by}])
    return of(document, document)


@pytest.mark.parametrize(
    ("weight", "verdict", "counts"),
    [(6.0, "SAME", [1, 1, 1]), (5.9, "SAME", [1, 0, 0]), (6.0, "NOT_SAME", [1, 1, 0])],
)
def test_an_adjudicated_pair_counts_once_by_what_the_model_would_have_done(
    weight: float, verdict: str, counts: list[int]
) -> None:
    rows = ("judged_by_persons", "of_these_joined_by_the_model", "of_these_rightly")

    assert [count(adjudicated(weight, verdict), WORKLOAD, row) for row in rows] == counts
    assert [count(adjudicated(weight, verdict, "model"), WORKLOAD, row) for row in rows] == [0, 0, 0]


def test_inquiries_at_the_same_time_are_counted_one_by_one() -> None:
    times: Iterable[InquiryTimes] = [(AT, AT + 3 * MINUTE), (AT, AT + 3 * MINUTE), (AT, None), (AT, AT + MINUTE)]
    counted = of(inquiries={"x": times})

    assert [count(counted, WORKLOAD, row) for row in ("lookups_asked", "lookups_answered")] == [4, 3]
    assert counted.minutes == {"x": {LINK: [], ANSWER: [1.0, 3.0, 3.0]}}


def test_answers_have_minutes_only_under_an_agreement_with_a_support_center() -> None:
    assert of(inquiries={}).minutes == {"x": {LINK: [], ANSWER: []}}
    assert of(inquiries=None).minutes == {"x": {LINK: []}}


def test_minutes_to_a_link_count_from_the_first_report_to_the_first_of_another_agency() -> None:
    reports = [
        {"report_id": "b_so:1", "agency": "b_so", "published_at": AT + 9 * MINUTE},
        {"report_id": "a_pd:2", "agency": "a_pd", "published_at": AT + 2 * MINUTE},
        {"report_id": "a_pd:1", "agency": "a_pd", "published_at": AT},
    ]
    slow, quick = incident("1", "a_pd", "b_so", reports=reports), incident("9", "a_pd", "b_so")

    assert of(incident("3", "a_pd"), slow, quick).minutes["x"][LINK] == [1.0, 9.0]


def test_an_incident_whose_reports_do_not_show_a_second_agency_cuts_no_other_off() -> None:
    odd = {**incident("4", "a_pd"), "agencies": ["a_pd", "b_so"]}
    quick = incident("2", "a_pd", "b_so")

    assert len(of(odd, quick).minutes["x"][LINK]) == 1
