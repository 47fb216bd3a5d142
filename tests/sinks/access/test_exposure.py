"""`exposure`: what was visible to whom, from when until when."""

from typing import Any, cast

import pytest

from schemas.agreements import BUNDLED
from schemas.records import codec
from schemas.records.audit import Exposure
from schemas.topics import EXPOSURES
from sinks.access.exposure import Visible, selection, visible_spans, visible_within
from streams import release
from streams.sharing.visible_reports import reports_shared_under
from tests.streams.fakes import Runner
from tests.streams.marked import NOW, REGISTRY, marked
from tests.streams.test_release import MASTER
from tests.streams.worlds import decision, record


def writing(
    view: str, at: int, *reports: str, revision: int = 1, audience: str = "cit-team", **changes: Any
) -> Exposure:
    told = {"version": 1, "outcome": "FULL", "withheld": [], "rules": ["cit-3.1"], **changes}
    made = {"audience": audience, "view_id": view, "generation": 1, "revision": revision, "at": at}
    return cast(Exposure, {**made, "reports": [{"report_id": name, **told} for name in reports]})


def told(*exposures: Exposure) -> list[tuple[str, str, str, int, int | None]]:
    return [(one.audience, one.report_id, one.outcome, one.since, one.until) for one in visible_spans(exposures)]


def test_a_report_is_visible_until_its_view_shows_it_no_longer() -> None:
    assert told(writing("v", 5, "a:1", "b:1"), writing("v", 9, "b:1", revision=2)) == [
        ("cit-team", "a:1", "FULL", 5, 9),
        ("cit-team", "b:1", "FULL", 5, None),
    ]


def test_what_moves_to_another_view_was_visible_all_the_time() -> None:
    moved = [writing("w", 9, "a:1"), writing("v", 9, revision=2)]
    assert (
        told(writing("v", 5, "a:1"), *moved)
        == told(writing("v", 5, "a:1"), *reversed(moved))
        == [("cit-team", "a:1", "FULL", 5, None)]
    )


def test_another_outcome_another_version_and_other_rules_are_rows_of_their_own() -> None:
    exposures = [
        writing("v", 5, "a:1"),
        writing("v", 6, "a:1", revision=2, outcome="REDACTED", withheld=["persons"]),
        writing("v", 7, "a:1", revision=3, outcome="REDACTED", withheld=["persons"], version=2),
        writing("v", 8, "a:1", revision=4, outcome="REDACTED", withheld=["persons"], version=2),
    ]
    assert [(one.outcome, one.version, one.since, one.until) for one in visible_spans(exposures)] == [
        ("FULL", 1, 5, 6),
        ("REDACTED", 1, 6, 7),
        ("REDACTED", 2, 7, None),
    ]


def test_a_writing_that_was_repeated_or_comes_late_counts_once() -> None:
    first, second = writing("v", 5, "a:1"), writing("v", 9, revision=2)
    assert told(first, second, writing("v", 12, "a:1")) == [("cit-team", "a:1", "FULL", 5, 9)]


CIT = BUNDLED["cit"]


def visible(since: int, until: int | None, audience: str = "cit-team", report_id: str = "calexico_pd:1") -> Visible:
    return Visible(audience, report_id, 1, "FULL", (), (), since, until)


@pytest.mark.parametrize(
    ("since", "until", "kept"), [(None, None, 1), (9, None, 0), (8, None, 1), (None, 5, 0), (None, 6, 1), (6, 7, 1)]
)
def test_only_what_was_visible_in_the_time_asked_for_is_told(since: int | None, until: int | None, kept: int) -> None:
    assert len(visible_within([visible(5, 9)], {}, since, until)) == kept


def test_nothing_is_visible_after_the_end_of_its_agreement() -> None:
    (one,) = visible_within([visible(CIT.begins, None)], BUNDLED, None, None)
    assert one.until == CIT.ends
    assert visible_within([visible(CIT.ends, None)], BUNDLED, None, None) == []


def test_an_agreement_is_told_by_its_audiences_and_an_agency_by_its_reports() -> None:
    rows = [visible(1, 2), visible(1, 2, "actt-us"), visible(1, 2, "cit-team", "usbp_elc:1")]
    assert list(map(selection("cit", BUNDLED), rows)) == [True, False, True]
    assert list(map(selection("calexico_pd", BUNDLED), rows)) == [True, True, False]


def exposures(runner: Runner) -> list[Exposure]:
    outputs = runner.topics.get(EXPOSURES.name, [])
    return [cast(Exposure, codec.decode_trusted("exposure", output.value)) for output in outputs]


def test_release_writes_down_what_it_shows_to_an_agreements_audience_and_that_it_ends() -> None:
    runner = Runner(release.stage(MASTER, 1, shared=reports_shared_under(BUNDLED.values(), REGISTRY)))
    yellow = marked("usbp_elc:1", handling={"owner_level": "YELLOW"})
    runner([record([marked("calexico_pd:1"), yellow], [decision("calexico_pd:1", "usbp_elc:1", 9.0)])], now=NOW)
    runner([record([marked("calexico_pd:1", version=2, handling={"owner_level": "RED"})])], now=NOW + 5)

    found = [one for one in visible_spans(exposures(runner)) if one.audience == "cit-team"]
    assert [(one.report_id, one.outcome, one.since, one.until) for one in found] == [
        ("calexico_pd:1", "FULL", NOW, NOW + 5),
        ("usbp_elc:1", "POINTER", NOW, NOW + 5),
    ]
    assert all(one.rules for one in found)
    assert {one["audience"] for one in exposures(runner)} == {"cit-team"}, "who owns a report is exposed nothing"
