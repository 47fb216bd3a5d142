"""Every argument of every reading command: what cannot be read is a usage error, before any service is asked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from interagency import COMMANDS, LONGEST_ARGUMENT, application
from tests.sinks.joined import NOWHERE

ROOT = Path(__file__).resolve().parents[1]
REPORT, OTHER = "el_paso_pd:26-1", "calexico_pd:26-2"
BY = ("--by", "somebody", "--why", "a test")
SURROGATE = "\udcf1"
LONG = "x" * 4_000
NAMES = ["", " ", "a\x01b", "a\nb", f"a{SURROGATE}", LONG]
REPORTS = ["", ":", "..", "26-1", "el_paso_pd:", ":26-1", "EL_PASO_PD:26-1", "a b:1", "a/../b:1", f"el_paso_pd:{LONG}",
           "el_paso_pd:\x00", f"el_paso_pd:{SURROGATE}", "*:*", "internal"]  # fmt: skip
INCIDENTS = [
    "",
    ".",
    "..",
    "a/b",
    "../_search",
    "a b",
    "*",
    "a,b",
    "%2e%2e",
    "\x01",
    SURROGATE,
    LONG,
    ":",
    "el_paso_pd:",
]
TIMES = ["", "soon", "2026-13-01", "0000-01-01", "10000-01-01", "2026-01-01T25:00", SURROGATE, LONG, "-1", "1767636000"]

# Command, where '{}' stands for what is wrong; what is wrong there.
ARGUMENTS: list[tuple[tuple[str, ...], list[str]]] = [
    (("search", "{}"), ["a\x1b[2J", SURROGATE, "x" * 1_001, "a " * 101, "a* " * 11, "word " * 4_000, "\x00"]),
    (("search", "--near", "{}"), ["", "1", "1,2,3", "nan,0", "0,nan", "inf,0", "0,-inf", "91,0", "0,181", "x,y", LONG]),
    (
        ("search", "--near", "1,1", "--within", "{}"),
        ["", "0", "0km", "-1km", "5", "nanm", "1e9km", "9" * 400 + "m", LONG],
    ),
    (("search", "--within", "{}"), ["5km"]),
    (("search", "--from", "{}"), TIMES),
    (("search", "--to", "{}"), TIMES),
    (("search", "--from", "2026-01-02", "--to", "{}"), ["2026-01-01", "0001-01-01"]),
    (("search", "--offense", "{}"), [" ", "*" * 500, LONG, "a\x01", SURROGATE]),
    (("search", "--agency", "{}"), ["", " ", "*", "a,b", "EL_PASO_PD", SURROGATE, LONG]),
    (("search", "--side", "{}"), [" ", "north", "*", SURROGATE, LONG]),
    (("search", "--corridor", "{}"), [" ", "a\x01", SURROGATE, LONG]),
    (("search", "--county", "{}"), [" ", "a\x01", SURROGATE, LONG]),
    (("search", "--plate", "{}"), [" ", "*", "?", "-", "????????????????????", "A?" * 200, SURROGATE, LONG]),
    (("search", "--traffic", "{}"), ["", "all", "*", SURROGATE, LONG]),
    (("search", "--sort", "{}"), ["", "x", "nearest", SURROGATE, LONG]),
    (("search", "--limit", "{}"), ["", "-1", "10001", "1000000000", "1" + "0" * 40, "x", "1.5"]),
    (("show", "{}"), INCIDENTS),
    (("why", "{}", OTHER), REPORTS),
    (("why", OTHER, "{}"), [*REPORTS, OTHER]),
    (("adjudicate", "same", "{}", OTHER, *BY), REPORTS),
    (("adjudicate", "queue", "--limit", "{}"), ["0", "-1", "x", ""]),
    (("adjudicate", "queue", "--agency", "{}"), ["", "*", "EL_PASO_PD", SURROGATE, LONG]),
    (("adjudicate", "queue", "--offense", "{}"), [" ", "*" * 500, "a\x01", SURROGATE]),
    (("lookup", "show", "{}", "--purpose", "x"), REPORTS),
    (("lookup", "requests", "{}"), NAMES),
    (("purge", "{}", *BY), REPORTS),
    (("seal", "{}", *BY), REPORTS),
    (("hold", "{}", *BY), REPORTS),
    (("hold", REPORT, "--by", "somebody", "--why", "{}"), ["", " ", "\x00", SURROGATE, "x" * 2_001]),
    (("hold", REPORT, "--why", "a test", "--by", "{}"), ["", " ", "model", "\x00", SURROGATE, "x" * 201]),
    (("exposure", "{}"), NAMES),
    (("exposure", "actt", "--report", "{}"), REPORTS),
    (("exposure", "actt", "--from", "{}"), TIMES),
    (("exposure", "actt", "--to", "{}"), TIMES),
    (("notices", "{}"), ["", "a b", "*", "EL_PASO_PD", "..", SURROGATE, LONG]),
    (("report", "{}"), NAMES),
    (("report", "actt", "--from", "{}"), TIMES),
    (("report", "actt", "--to", "{}"), TIMES),
    (("report", "actt", "--correct", "--why", "x", "--by", "{}"), ["", " ", "model", "\x00", SURROGATE, "x" * 201]),
    (("report", "actt", "--correct", "--by", "somebody", "--why", "{}"), ["", " ", "\x00", SURROGATE, "x" * 2_001]),
    (("digest", "{}"), NAMES),
    (("digest", "actt", "--day", "{}"), [*TIMES, "9999-12-31"]),
    (("agreement", "show", "{}"), NAMES),
    (("agreement", "explain", "{}"), NAMES),
    (("agreement", "end", "{}", *BY), NAMES),
    (("vetting", "revoke", "{}", "checked", *BY), NAMES),
    (("vetting", "revoke", "actt-mx", "{}", *BY), NAMES),
    (("dissemination", "unusual", "--canary", "{}"), REPORTS),
    (("evaluate", "--truth", "-", "--errors", "{}"), ["-1", "x", "1" + "0" * 30]),
    (("evaluate", "--truth", "-", "--as-known", "{}"), ["-1", "x", "1" + "0" * 30]),
    (("whatif", "--threshold", "{}"), ["nan", "inf", "-inf", "1e300", "x", ""]),
    *(
        ((*command, option, "{}"), NAMES)
        for command in (("search",), ("show", "i1"), ("unmapped",), ("export", "incidents"), ("wanted",))
        for option in ("--as", "--purpose")
    ),
    (("why", REPORT, OTHER, "--as", "{}"), NAMES),
    (("why", REPORT, OTHER, "--purpose", "{}"), NAMES),
]
CASES = [
    pytest.param([word.replace("{}", wrong) for word in words], id=f"{' '.join(words)} {ascii(wrong)[:30]}")
    for words, values in ARGUMENTS
    for wrong in values
]
READABLE: list[tuple[str, ...]] = [
    ("search", "--from", "0001-01-01", "--to", "9999-12-31"),
    ("search", "--from", "1900-01-01T00:00:00+14:00", "--to", "9999-12-31T23:59:59-14:00"),
    ("search", "rocks\nlevee\tpeña", "--plate", "abc 1?", "--near", "90,180", "--within", "20000km"),
    ("search", "--county", "Doña Ana", "--agency", "el_paso_pd", "--limit", "0"),
    ("show", "el_paso_pd:26/../1?a=b#c%2e"),
    ("show", "el_paso_pd:26\t1"),
    ("why", "el_paso_pd:..", "tx_dps:*"),
]


def run(words: list[str] | tuple[str, ...]) -> Result:
    return CliRunner().invoke(application(), words, env=NOWHERE)


@pytest.mark.parametrize("words", CASES)
def test_what_cannot_be_read_is_a_usage_error_before_any_service_is_asked(words: list[str]) -> None:
    result = run(words)

    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    told = result.stderr.splitlines()[-1]
    assert told.startswith("Error: ")
    assert len(told) < 400
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("words", READABLE, ids=" ".join)
def test_what_may_be_is_asked_for(words: tuple[str, ...]) -> None:
    assert getattr(run(words).exception, "exit_code", None) == 69


@pytest.mark.parametrize(
    "words", [("agency", "add", "x_pd", "--name", SURROGATE), ("demo", SURROGATE), ("up", LONG * 2)]
)
def test_what_is_no_text_is_refused_by_the_front_door(words: tuple[str, ...]) -> None:
    result = run(words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "an argument" in result.stderr


def test_the_longest_argument_is_read_by_its_command() -> None:
    assert "an argument" not in run(("show", "x" * LONGEST_ARGUMENT)).stderr


def test_the_name_of_a_file_may_be_no_text(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/feed \xf1.jsonl"
    Path(os.fsdecode(name)).write_bytes(b"{}\n")
    command: list[str | bytes] = [sys.executable, "-m", "interagency", "validate", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)

    assert done.returncode == 65
    assert b"missing_field" in done.stderr


def test_bytes_that_are_no_utf8_are_a_usage_error_for_a_process_too() -> None:
    asked: list[list[str | bytes]] = [["search", b"\xf1"], ["show", b"el_paso_pd:\xf1"], ["search", "--as", b"\xff"]]
    for words in asked:
        command: list[str | bytes] = [sys.executable, "-m", "interagency", *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (2, b"")
        assert b"Traceback" not in done.stderr


def test_a_file_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    command = [sys.executable, "-m", "interagency", "publish"]
    environment = {**os.environ, **NOWHERE, "INTERAGENCY_HOME": str(tmp_path / "home")}
    feed = tmp_path / "feed.jsonl"
    feed.write_bytes(b"{}\n")
    done = subprocess.run([*command, str(feed)], cwd=ROOT, capture_output=True, check=False, env=environment)

    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[-1].startswith("interagency: File exists: ")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_says_what_it_does_in_a_line(name: str) -> None:
    result = run([name, "--help"])

    assert result.exit_code == 0, result.exception
    assert 0 < len(COMMANDS[name][1]) <= 62
    listed = run(["--help"]).stdout
    assert f"  {name} " in listed
    assert COMMANDS[name][1] in listed


def test_a_mistyped_command_names_the_nearest() -> None:
    result = run(["serch"])

    assert result.exit_code == 2
    assert "Did you mean 'search'" in result.stderr
