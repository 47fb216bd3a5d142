"""Verifying the dissemination log: against its own anchors, this home's key file, and what an auditor holds."""

from pathlib import Path

import pytest

from schemas.records.audit import Dissemination
from schemas.topics import DISSEMINATION, DISSEMINATION_ANCHORS
from sinks.access.dissemination_chain import Finding
from sinks.access.dissemination_key import write_key
from sinks.access.dissemination_log import anchor, anchor_text
from sinks.access.dissemination_verification import MOST_SHOWN, CheckedLog, verify_log
from tests.sinks.disseminated import FIRST_KEY, NOW, chain, rehashed, state_after
from tests.sinks.fakes import MemoryTopics
from tests.sinks.world import World

KEYS = {1: FIRST_KEY}


def put(world: World, *lines: Dissemination) -> None:
    world.now = NOW
    for line in lines:
        world.put(DISSEMINATION.name, "", "dissemination", line)


async def test_an_empty_log_has_nothing_wrong_and_no_anchor(world: World) -> None:
    checked = await verify_log(world.session, {}, [])

    assert checked == CheckedLog(0, 0, 0, [], "", [])
    assert checked.as_json()["broken_at"] is None
    assert checked.lines() == ["0 lines, none changed or missing; 0 of them checked with a key, all against 0 anchors"]


async def test_a_log_that_holds_says_how_it_was_checked(world: World) -> None:
    lines = chain(6, keyed_from=1)
    put(world, *lines)
    world.put(DISSEMINATION_ANCHORS.name, "", "dissemination_anchor", anchor(lines[0]))

    checked = await verify_log(world.session, {3: FIRST_KEY}, [anchor_text(lines[2])])
    assert (checked.total, checked.signed, checked.anchors, checked.newest) == (6, 4, 2, anchor_text(lines[5]))
    assert (await verify_log(world.session, KEYS, [])).findings == []


async def test_a_changed_log_is_broken_at_its_first_changed_line(world: World) -> None:
    put(world, *rehashed(chain(6, keyed_from=1), 5, reader="x"))

    assert (await verify_log(world.session, {}, [])).findings == [], "without a key nobody sees it"
    checked = await verify_log(world.session, KEYS, [])
    assert (checked.as_json()["broken_at"], [finding.line for finding in checked.findings]) == (5, [5, 6])


async def test_anchors_of_the_topic_of_the_home_and_of_an_auditor_each_reveal_a_cut_log(
    world: World, tmp_path: Path
) -> None:
    lines = chain(6, keyed_from=1)
    put(world, *lines[:4])
    assert (await verify_log(world.session, {}, [])).findings == []

    (given,) = (await verify_log(world.session, {}, [anchor_text(lines[5])])).findings
    assert given.line == 6
    write_key(tmp_path, state_after(lines))
    (home,) = (await verify_log(world.session, {}, [])).findings
    assert (home.line, "the key file of this home" in home.what) == (6, True)
    world.put(DISSEMINATION_ANCHORS.name, "", "dissemination_anchor", anchor(lines[4]))
    topic, home = (await verify_log(world.session, {}, [])).findings
    assert (topic.line, "the topic dissemination-anchors" in topic.what, home.line) == (5, True, 6)


async def test_a_home_that_wrote_no_line_yet_expects_none(world: World, tmp_path: Path) -> None:
    write_key(tmp_path, state_after([]))

    assert (await verify_log(world.session, {}, [])).anchors == 0


async def test_a_line_that_is_written_while_the_log_is_checked_is_not_missing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = chain(8, keyed_from=1)
    put(world, *lines[:6])
    write_key(tmp_path, state_after(lines[:6]))
    records = MemoryTopics.records

    def write_beside(topics: MemoryTopics, topic: str) -> object:
        write_key(tmp_path, state_after(lines))
        return records(topics, topic)

    monkeypatch.setattr(MemoryTopics, "records", write_beside)

    assert (await verify_log(world.session, {}, [])).findings == []


async def test_a_record_that_nobody_can_read_is_found_by_the_line_before_it(world: World) -> None:
    put(world, *chain(6))
    world.kafka.send(DISSEMINATION.name, b"", b"\x00")

    (finding,) = (await verify_log(world.session, {}, [])).findings
    assert (finding.line, finding.what) == (6, "is followed by a record that nobody can read")


@pytest.mark.parametrize(("number", "printed"), [(MOST_SHOWN, MOST_SHOWN), (MOST_SHOWN + 1, MOST_SHOWN + 1)])
def test_at_most_twenty_findings_are_printed_and_all_are_in_json(number: int, printed: int) -> None:
    checked = CheckedLog(number, 0, 0, [7], "", [Finding(line, "was changed") for line in range(number)])

    lines = checked.lines()
    assert sum("was changed" in line for line in lines) == MOST_SHOWN
    others = [line for line in lines if "other findings" in line]
    assert others == (["and 1 other findings: --json lists all"] if number > MOST_SHOWN else [])
    assert "line 7 begins another key: ask who made it, and why" in lines
    assert "none changed" not in lines[-1]
    assert len(checked.as_json()["findings"]) == printed
