"""The writer signs each line and moves its key on; killed anywhere it goes on, and a log that was cut stops it."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from schemas.errors import Configuration, Transient
from schemas.records.audit import Dissemination
from schemas.topics import DISSEMINATION, DISSEMINATION_ANCHORS
from sinks.access import dissemination_log
from sinks.access.dissemination_chain import findings, known_anchors
from sinks.access.dissemination_key import key_file, read_key, write_key
from sinks.access.dissemination_log import NEW_KEY, KeyState, LogCut, key_after, mac_of, next_line
from tests.sinks.disseminated import (
    DAY_MS,
    FIRST_KEY,
    KEPT_MS,
    NOW,
    MemoryTopics,
    broken,
    chain,
    question,
    state_after,
)

KEYS = {1: FIRST_KEY}


@pytest.fixture
def topics() -> MemoryTopics:
    return MemoryTopics()


async def begun(topics: MemoryTopics, home: Path, lines: int = 0) -> None:
    log = topics.log(home)
    assert await log.begin_key(FIRST_KEY, NOW) is not None
    for _ in range(lines):
        await log.append(question())


def key_of(home: Path) -> KeyState:
    state = read_key(home)
    assert state is not None
    return state


async def test_each_line_is_signed_and_only_the_key_of_the_next_one_is_kept(
    topics: MemoryTopics, tmp_path: Path
) -> None:
    await begun(topics, tmp_path, 5)

    assert findings(topics.lines, KEYS, known_anchors(topics.anchors, ""), KEPT_MS, NOW) == []
    assert [line["number"] for line in topics.lines] == [1, 2, 3, 4, 5]
    assert key_of(tmp_path) == state_after(topics.lines)
    assert key_of(tmp_path).key == key_after(FIRST_KEY, 5)
    text = key_file(tmp_path).read_text()
    assert not [step for step in range(5) if (key_after(FIRST_KEY, step) or b"").hex() in text]


async def test_without_a_key_nothing_is_shown(topics: MemoryTopics, tmp_path: Path) -> None:
    with pytest.raises(Configuration, match="interagency init"):
        await topics.log(tmp_path).append(question())

    assert topics.lines == []


@pytest.mark.parametrize("topic", [DISSEMINATION.name, DISSEMINATION_ANCHORS.name])
async def test_a_writer_that_ended_before_its_key_moved_on_leaves_a_log_that_goes_on(
    topics: MemoryTopics, tmp_path: Path, topic: str
) -> None:
    await begun(topics, tmp_path, 2)
    topics.lose = topic
    with pytest.raises(Transient):
        await topics.log(tmp_path).append(question(NOW + DAY_MS))
    assert key_of(tmp_path).number == 3

    topics.lose = ""
    await topics.log(tmp_path).append(question(NOW + DAY_MS))

    assert [line["number"] for line in topics.lines] == [1, 2, 3, 4]
    assert findings(topics.lines, KEYS, known_anchors(topics.anchors, ""), KEPT_MS, NOW) == []
    assert 3 in {one["number"] for one in topics.anchors}, "the first line of a day"


async def test_a_line_that_another_wrote_is_not_taken_for_an_unfinished_one(
    topics: MemoryTopics, tmp_path: Path
) -> None:
    await begun(topics, tmp_path, 2)
    topics.lines = [*topics.lines, next_line(question(), topics.lines[-1], b"x" * 32)]

    with pytest.raises(LogCut, match=r"line 3 .* not written with the key of this home"):
        await topics.log(tmp_path).append(question())


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (3, "ends with line 3, and the key of this home follows line 5"),
        (0, "is empty, and line 5 was written"),
    ],
)
async def test_a_cut_log_stops_the_writer_and_names_both_numbers(
    topics: MemoryTopics, tmp_path: Path, left: int, told: str
) -> None:
    await begun(topics, tmp_path, 5)
    topics.lines = topics.lines[:left]

    with pytest.raises(LogCut, match=told) as stopped:
        await topics.log(tmp_path).append(question())

    assert stopped.value.exit_code == 78
    assert "dissemination verify" in str(stopped.value)
    assert "--new-dissemination-key" in str(stopped.value)
    assert len(topics.lines) == left


async def test_a_key_file_that_was_set_back_stops_the_writer(topics: MemoryTopics, tmp_path: Path) -> None:
    await begun(topics, tmp_path, 2)
    former = key_of(tmp_path)
    for _ in range(3):
        await topics.log(tmp_path).append(question())
    write_key(tmp_path, former)

    with pytest.raises(LogCut, match="ends with line 5, and the key of this home follows line 2"):
        await topics.log(tmp_path).append(question())


async def test_a_last_line_that_was_written_anew_stops_the_writer(topics: MemoryTopics, tmp_path: Path) -> None:
    await begun(topics, tmp_path, 2)
    topics.lines = chain(2)

    with pytest.raises(LogCut, match=r"line 2 .* is not the one that this home wrote"):
        await topics.log(tmp_path).append(question())


async def test_a_last_record_that_is_no_line_stops_the_writer_until_another_key_is_made(
    topics: MemoryTopics, tmp_path: Path
) -> None:
    await begun(topics, tmp_path, 2)
    topics.records[DISSEMINATION.name] += [b"rubbish", b""]
    log = topics.log(tmp_path)
    with pytest.raises(LogCut, match="no line of it"):
        await log.append(question())

    await log.replace_key(b"n" * 32, question(asked=f'{{"{NEW_KEY}":true}}'))
    await log.append(question())
    del topics.records[DISSEMINATION.name][2:4]
    assert findings(topics.lines, KEYS | {3: b"n" * 32}, [], 0, NOW) == []


async def test_a_log_whose_lines_have_all_expired_goes_on_with_their_numbers(
    topics: MemoryTopics, tmp_path: Path
) -> None:
    await begun(topics, tmp_path, 2)
    last = topics.lines[-1]
    topics.lines = []

    await topics.log(tmp_path).append(question(last["at"] + KEPT_MS))

    assert [(line["number"], line["previous"]) for line in topics.lines] == [(3, last["digest"])]
    assert topics.lines[0]["mac"] == mac_of(topics.lines[0], key_after(FIRST_KEY, 2) or b"")


async def test_in_a_home_of_an_earlier_release_the_key_begins_after_the_last_line(
    topics: MemoryTopics, tmp_path: Path
) -> None:
    topics.lines = chain(3)
    state = await topics.log(tmp_path).begin_key(FIRST_KEY, NOW)
    await topics.log(tmp_path).append(question())

    assert state is not None
    assert (state.number, state.first) == (4, 4)
    assert [bool(line["mac"]) for line in topics.lines] == [False, False, False, True]
    assert findings(topics.lines, {4: FIRST_KEY}, [], KEPT_MS, NOW) == []


async def test_a_key_is_begun_once_and_never_in_place_of_a_lost_one(topics: MemoryTopics, tmp_path: Path) -> None:
    await begun(topics, tmp_path, 2)
    before = key_of(tmp_path)

    assert await topics.log(tmp_path).begin_key(b"x" * 32, NOW + 1) == before
    key_file(tmp_path).unlink()
    assert await topics.log(tmp_path).begin_key(b"x" * 32, NOW + 1) is None
    assert read_key(tmp_path) is None


@pytest.mark.parametrize("damage", ["lost", "set back", "damaged", "cut", "removed", "none"])
async def test_another_key_opens_the_log_again_whatever_became_of_it_and_the_break_is_told(
    topics: MemoryTopics, tmp_path: Path, damage: str
) -> None:
    await begun(topics, tmp_path, 2)
    former = key_of(tmp_path)
    await topics.log(tmp_path).append(question())
    whole, anchors = topics.lines, known_anchors([key_of(tmp_path).last], "the auditor")
    if damage == "lost":
        key_file(tmp_path).unlink()
    elif damage == "set back":
        write_key(tmp_path, former)
    elif damage == "damaged":
        key_file(tmp_path).write_text("{")
    elif damage in ("cut", "removed"):
        topics.lines = whole[:2] if damage == "cut" else []

    state = await topics.log(tmp_path).replace_key(b"n" * 32, question(asked=f'{{"{NEW_KEY}":true}}'))
    await topics.log(tmp_path).append(question())
    new = {state.number: b"n" * 32}

    assert findings(topics.lines, new, [], 0, NOW) == findings(topics.lines, KEYS | new, [], 0, NOW) == []
    assert any("another key" in what for _, what in findings(topics.lines, KEYS, [], 0, NOW))
    # What was cut stays missing.
    assert bool(findings(topics.lines, new, anchors, KEPT_MS, NOW)) == (damage in ("cut", "removed"))


async def test_each_thousandth_line_and_the_first_of_a_day_have_an_anchor(topics: MemoryTopics, tmp_path: Path) -> None:
    noon = NOW // DAY_MS * DAY_MS + DAY_MS // 2
    topics.lines = [cast(Dissemination, {**line, "at": noon}) for line in chain(998)]
    log = topics.log(tmp_path)
    await log.begin_key(FIRST_KEY, NOW)
    for at in (noon, noon, noon, noon + DAY_MS // 2, noon + DAY_MS):
        await log.append(question(at))

    assert [one["number"] for one in topics.anchors] == [1000, 1002]
    assert topics.anchors[0]["digest"] == topics.lines[999]["digest"]


async def test_the_first_line_of_all_has_an_anchor(topics: MemoryTopics, tmp_path: Path) -> None:
    await begun(topics, tmp_path, 2)

    assert [one["number"] for one in topics.anchors] == [1]


async def test_two_writers_at_once_make_one_chain(topics: MemoryTopics, tmp_path: Path) -> None:
    await begun(topics, tmp_path)

    def write() -> None:
        async def run() -> None:
            log = topics.log(tmp_path)
            for _ in range(20):
                await log.append(question())

        asyncio.run(run())

    await asyncio.gather(*(asyncio.to_thread(write) for _ in range(2)))

    assert [line["number"] for line in topics.lines] == list(range(1, 41))
    assert broken(topics.lines) is None
    assert findings(topics.lines, KEYS, [], KEPT_MS, NOW) == []


def test_the_log_keeps_as_long_as_the_writer_believes() -> None:
    assert dissemination_log.KEPT_MS == KEPT_MS
