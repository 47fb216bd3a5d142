"""A worker that dies is started again, and a person is told in words."""

import time
from pathlib import Path

import pytest

from deploy.run import workers as module
from deploy.run.workers import Workers, ordinal
from schemas.runtime.settings import Settings
from tests.patience import until

COUNTS = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 112: "112th"}


@pytest.mark.parametrize(("number", "said"), COUNTS.items())
def test_counts_are_said_as_people_do(number: int, said: str) -> None:
    assert ordinal(number) == said


def test_a_restart_is_told_in_words_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMMANDS", {"intake": ("this_module_does_not_exist",)})
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(module, "MAX_PAUSE_S", 0.0)
    told: list[str] = []
    with Workers(["intake"], Settings(home=tmp_path), tmp_path, told.append) as workers:

        def twice() -> bool:
            workers.check()
            time.sleep(0.01)
            return len(told) >= 2

        until(twice, 60.0, "two restarts")

    log = tmp_path / "intake.log"
    assert told[:2] == [
        f"intake exited with code 1 and was restarted ({which} time), see {log}" for which in ("1st", "2nd")
    ]
    assert workers.restarts >= 2
