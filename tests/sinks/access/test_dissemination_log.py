"""Who was shown what is written down before it is shown, in a chain in which nothing can be changed unseen."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Transient
from schemas.records.audit import Dissemination
from sinks.access.dissemination_log import next_line
from sinks.index.memory import Memory
from sinks.search.reader import NotFound, Reading
from tests.sinks.disseminated import broken
from tests.sinks.fakes import MemoryLog
from tests.sinks.joined import DOCUMENT, PD, index


def chain(count: int) -> list[Dissemination]:
    lines: list[Dissemination] = []
    for at in range(count):
        said = {"reader": "r", "audience": "a", "purpose": "p", "at": at + 2, "asked": "{}", "ids": ["v"]}
        lines.append(next_line({**said, "outcome": "GIVEN"}, lines[-1] if lines else None))
    return lines


@given(st.integers(1, 5), st.data())
def test_a_line_that_is_changed_taken_out_or_moved_is_found(count: int, data: st.DataObject) -> None:
    lines = chain(count)
    at = data.draw(st.integers(0, count - 1))
    field, value = data.draw(
        st.sampled_from([("reader", "x"), ("ids", []), ("purpose", "x"), ("at", 1), ("asked", "")])
    )
    changed = [cast(Dissemination, {**line, field: value}) if n == at else line for n, line in enumerate(lines)]

    assert broken(lines) is None
    assert broken(changed) == at + 1
    if 0 < at < count - 1:
        assert broken(lines[:at] + lines[at + 1 :]) == at + 2
    if count > 1:
        assert broken(list(reversed(lines))) is not None


@pytest.fixture
def memory() -> Memory:
    return index({"i1": DOCUMENT})


async def test_no_log_no_answer(memory: Memory) -> None:
    ask, given_ = Reading(memory, "internal", MemoryLog(down=True).disclose), list[Any]()
    for question in (
        ask.show("i1"),
        ask.show("nothing"),
        ask.report(PD),
        ask.incidents(given_.append),
    ):
        with pytest.raises(Transient):
            await question

    assert given_ == []


async def test_every_document_that_is_given_has_its_line(memory: Memory) -> None:
    log = MemoryLog()
    ask = Reading(memory, "internal", log.disclose)
    await ask.show("i1")
    await ask.report(PD)
    await ask.incidents(lambda _: None)
    with pytest.raises(NotFound):
        await ask.show("nothing")

    assert [line["ids"] for line in log.lines] == [["i1"], ["i1", PD], ["i1"], []]
    assert broken(log.lines) is None


async def test_ids_alone_need_no_line(memory: Memory) -> None:
    log = MemoryLog(down=True)
    ask = Reading(memory, "internal", log.disclose)
    await ask.assignments(lambda _: None)
    await ask.members()

    assert log.lines == []
