"""What a red test says, and that a slow machine is given time."""

import pytest

from tests import patience as waiting
from tests.patience import eventually, patience, until


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A machine as fast as the reference; gives how much slower it turns out to be at the next measurement."""
    slower = [1.0]
    monkeypatch.setattr(waiting, "_factor", [1.0])
    monkeypatch.setattr(waiting, "_slower", lambda: slower[0])
    return slower


def test_a_red_one_says_what_it_waited_for_and_saw_last() -> None:
    with pytest.raises(AssertionError, match=r"for three incidents; seen last: \[1\]"):
        until(lambda: False, 0.01, "three incidents", seen=lambda: [1])


def test_without_words_the_condition_speaks_for_itself() -> None:
    with pytest.raises(AssertionError, match=r"lambda: 1 > 2"):
        until(lambda: 1 > 2, 0.01)


def test_what_is_there_is_given_back() -> None:
    answers = iter(["", "", "there"])
    assert until(lambda: next(answers)) == "there"


def test_a_machine_that_became_slower_is_given_more_time(hurried: list[float]) -> None:
    hurried[0] = 1e9
    answers = iter([False] * 20 + [True])
    assert until(lambda: next(answers), 1e-6)
    assert patience(1) == 1e9


async def test_coroutines_are_awaited_and_judged_alike() -> None:
    answers = iter(["", "there"])

    async def ask() -> str:
        return next(answers)

    assert await eventually(ask) == "there"
    with pytest.raises(AssertionError, match="for a commit"):
        await eventually(lambda: None, 0.01, "a commit")
