"""`dissemination verify` takes keys and anchors, ends with 0 or 1, and says of each line what is wrong with it."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from schemas.errors import Reason, Rejected
from schemas.records.audit import Anchor, Dissemination
from schemas.runtime import clock
from sinks.access import dissemination_verification
from sinks.access.dissemination_key import write_key
from sinks.access.dissemination_log import anchor
from sinks.access.ports import Topics
from sinks.cli import dissemination
from tests.sinks.disseminated import FIRST_KEY, chain, question, rehashed, state_after
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


def test_anchors_of_the_topic_and_of_the_home_are_looked_at_unasked(verify: Verify, tmp_path: Path) -> None:
    whole = verify.lines
    verify.lines = whole[:4]
    assert verify.told()[0] == 0

    verify.anchors = [anchor(whole[4])]
    code, told = verify.told()
    assert (code, [one["line"] for one in told["findings"]]) == (1, [5])

    verify.anchors = []
    write_key(tmp_path, state_after(whole))
    code, told = verify.told()
    assert (code, [one["line"] for one in told["findings"]]) == (1, [6])
    assert "the key file of this home" in told["findings"][0]["what"]


def test_what_is_written_while_it_is_checked_is_not_missing(
    verify: Verify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(_: Topics) -> list[Dissemination]:
        write_key(tmp_path, state_after(chain(8, keyed_from=1)))
        return verify.lines

    write_key(tmp_path, state_after(verify.lines))
    monkeypatch.setattr(dissemination_verification, "dissemination_records", read)

    assert verify.told()[0] == 0


def test_a_record_that_nobody_can_read_is_told_by_the_line_before(verify: Verify) -> None:
    verify.rubbish = [Rejected(Reason.BAD_FRAME, "", "")]

    code, told = verify.told("--key", KEY)
    assert (code, told["findings"]) == (1, [{"line": 6, "what": "is followed by a record that nobody can read"}])


def test_no_more_than_twenty_findings_are_printed_and_all_are_in_json(verify: Verify) -> None:
    verify.lines, verify.anchors = rehashed(chain(30, keyed_from=1), 1, reader="x"), []

    _, printed, _ = verify("--key", KEY)
    assert printed.count("was not written") == 20
    assert "and 10 other findings" in printed
    assert len(verify.told("--key", KEY)[1]["findings"]) == 30


@pytest.mark.parametrize(
    "words",
    [("--key", "1-secret"), ("--anchor", "x"), ("--key-file", "nothing.txt"), ("--key-file", "-")],
    ids=["no key", "no anchor", "no file", "no key in a file"],
)
def test_what_cannot_be_read_is_2_and_is_not_repeated(verify: Verify, words: tuple[str, str]) -> None:
    code, printed, errors = verify(*words, stdin="secret")

    assert (code, printed) == (2, "")
    assert "secret" not in errors
