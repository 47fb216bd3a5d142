"""`dissemination verify` takes keys and anchors, ends with 0 or 1, and says of each line what is wrong with it."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from schemas.errors import Rejected
from schemas.records.audit import Anchor, Dissemination
from schemas.runtime import clock
from sinks.access import dissemination_verification
from sinks.access.dissemination_log import anchor
from sinks.access.ports import Topics
from sinks.cli import dissemination
from tests.sinks.disseminated import FIRST_KEY, chain, question, rehashed
from tests.sinks.joined import NOWHERE

KEY = f"1-{FIRST_KEY.hex()}"
AT = question()["at"]


class Verify:
    """The command on a log that the test sets."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lines: list[Dissemination] = chain(6, keyed_from=1)
        self.anchors = [anchor(self.lines[0])]
        self.rubbish: list[Rejected] = []
        self._home, self._app = home, typer.Typer()
        dissemination.register(self._app)
        monkeypatch.setattr(dissemination_verification, "dissemination_records", self._records)
        monkeypatch.setattr(dissemination_verification, "anchors", self._anchors)
        monkeypatch.setattr(clock, "now_ms", lambda: AT)

    async def _records(self, _: Topics) -> list[Dissemination | Rejected]:
        return [*self.lines, *self.rubbish]

    async def _anchors(self, _: Topics) -> list[Anchor]:
        return self.anchors

    def __call__(self, *words: str, stdin: str = "") -> tuple[int, str, str]:
        done = CliRunner().invoke(
            self._app,
            ["dissemination", "verify", *words],
            input=stdin,
            env={**NOWHERE, "INTERAGENCY_HOME": str(self._home)},
        )
        code = 1 if isinstance(done.exception, dissemination.Broken) else done.exit_code
        return code, done.stdout, done.stderr + str(done.exception or "")

    def told(self, *words: str, stdin: str = "") -> tuple[int, Any]:
        code, printed, _ = self(*words, "--json", stdin=stdin)
        return code, json.loads(printed)


@pytest.fixture
def verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Verify:
    return Verify(tmp_path, monkeypatch)


def given(line: Dissemination) -> tuple[str, str]:
    return "--anchor", f"{line['number']}:{line['digest']}"


def test_a_log_that_holds_is_0_with_what_was_checked(verify: Verify) -> None:
    last = verify.lines[-1]

    assert verify.told("--key", KEY, *given(verify.lines[2]), *given(last)) == (
        0,
        {
            "lines": 6,
            "broken_at": None,
            "findings": [],
            "checked_with_key": 6,
            "checked_anchors": 3,
            "new_keys_at": [],
            "anchor": f"6:{last['digest']}",
        },
    )
    code, printed, _ = verify()
    assert code == 0
    assert printed.startswith("6 lines, none changed or missing; 0 of them checked with a key, all against 1 anchors")


@pytest.mark.parametrize("way", ["--key", "--key-file", "-"])
def test_a_log_written_anew_is_1_with_each_line(verify: Verify, tmp_path: Path, way: str) -> None:
    verify.lines = rehashed(verify.lines, 5, reader="x")
    file = tmp_path / "key"
    file.write_text(f"dissemination key, keep it away from this machine: {KEY}\n")
    words = {"--key": ("--key", KEY), "--key-file": ("--key-file", str(file)), "-": ("--key-file", "-")}[way]

    code, told = verify.told(*words, stdin=KEY)
    assert (code, told["broken_at"], [one["line"] for one in told["findings"]]) == (1, 5, [5, 6])
    code, printed, errors = verify(*words, stdin=KEY)
    assert "line 6 was not written with the key of this line" in printed
    assert "line 5 was not written with the key of this line" in errors
    assert FIRST_KEY.hex() not in printed + errors
    assert verify()[0] == 0


@pytest.mark.parametrize(
    "words",
    [("--key", "1-secret"), ("--anchor", "x"), ("--key-file", "nothing.txt"), ("--key-file", "-")],
    ids=["no key", "no anchor", "no file", "no key in a file"],
)
def test_what_cannot_be_read_is_2_and_is_not_repeated(verify: Verify, words: tuple[str, str]) -> None:
    code, printed, errors = verify(*words, stdin="secret")

    assert (code, printed) == (2, "")
    assert "secret" not in errors
