"""Which version of a report is current, and what its history keeps, whatever the order of arrival."""

from itertools import permutations
from typing import Any, cast

import pytest

from schemas.records import codec
from schemas.records.incident import Member
from streams.incidents.versions import MOST_LINES, position_of, purged, supersede, version_decision, with_history


def line(version: int, published_at: int = 0) -> dict[str, Any]:
    return {
        "version": version,
        "action": "",
        "status": "",
        "offense_code": "",
        "updated_at": 0,
        "published_at": published_at or version,
        "judged": "",
    }


def member(version: int = 1, offset: int = 0, sha: bytes = b"a", published_at: int = 0) -> Member:
    made = {
        "report_id": "a_pd:1",
        "agency_id": "a_pd",
        "version": version,
        "content_sha256": sha,
        "topic": "reports-a_pd",
        "partition": 0,
        "offset": offset,
        "cancelled": False,
        "enriched": b"",
        "history": [line(version, published_at)],
    }
    return cast(Member, made)


@pytest.fixture(autouse=True)
def same_update_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "decode_trusted", lambda *_: {"enrichment": {"updated_at": 5}})


@pytest.mark.parametrize(
    ("other", "new", "kind", "current"),
    [
        (member(1, 0), member(2, 1, b"b"), "SUPERSEDED", 1),
        (member(1, 0), member(1, 1), "REPEATED", 0),
        (member(1, 0), member(1, 1, b"b"), "CONFLICTING", 1),
        (member(1, 0, b"b"), member(1, 1), "CONFLICTING", 0),
    ],
)
def test_the_decision_on_two_versions_does_not_depend_on_which_came_first(
    other: Member, new: Member, kind: str, current: int
) -> None:
    for before, after in permutations((other, new)):
        chosen, superseded, decided = supersede(before, after)
        assert superseded is not None
        assert (chosen["offset"], superseded["offset"], decided) == (current, 1 - current, kind)


def test_the_same_record_delivered_again_supersedes_nothing() -> None:
    assert supersede(member(), member())[1:] == (None, "")


def test_a_history_has_one_line_per_version_the_first_published() -> None:
    current = with_history(member(2, 3), {**member(), "history": cast(Any, [line(1, 9), line(2, 1)])})

    assert [(each["version"], each["published_at"]) for each in current["history"]] == [(1, 9), (2, 1)]


def test_a_history_that_gains_nothing_leaves_the_member_as_it_is() -> None:
    current = member(2)
    assert with_history(current, {**member(), "history": []}) is current


@pytest.mark.parametrize(("lines", "kept"), [(2 * MOST_LINES, 2 * MOST_LINES), (2 * MOST_LINES + 1, 2 * MOST_LINES)])
def test_a_long_history_keeps_its_beginning_and_its_end(lines: int, kept: int) -> None:
    history = cast(Any, [line(version) for version in range(1, lines + 1)])
    numbers = [each["version"] for each in with_history(member(1), {**member(), "history": history})["history"]]

    assert len(numbers) == kept
    assert (numbers[0], numbers[-1]) == (1, lines)
    assert numbers[MOST_LINES - 1 : MOST_LINES + 1] == [MOST_LINES, lines - MOST_LINES + 1]


def test_a_decision_is_named_by_the_position_of_the_record_that_it_is_about() -> None:
    superseded, current = member(1, 4), member(2, 7)
    decision = version_decision("SUPERSEDED", superseded, current, "i1", 99)

    assert decision["decision_id"] == position_of(superseded) == "reports-a_pd/0/4"
    assert (decision["version"], decision["standing_version"], decision["incident_id"]) == (1, 2, "i1")
    assert decision["decided_at"] == 99
    erased = purged(superseded, 99)
    assert (erased["kind"], erased["standing_version"], erased["incident_id"]) == ("PURGED", 0, "")
