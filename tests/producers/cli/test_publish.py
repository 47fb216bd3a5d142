"""The commands: exit codes, what is on which stream, and that bad lines never stop good ones."""

import errno
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from producers.cli import agency as agency_commands
from producers.cli import publish
from producers.delivery import spool
from producers.delivery.agency_registry import Registry
from producers.delivery.memory import MemoryKafka
from producers.delivery.session import Session
from producers.feeds import plain
from producers.feeds.lines import MAX_LINE_BYTES
from schemas.errors import PipelineError, Transient
from schemas.runtime.settings import Endpoints, Settings
from tests.factories import line
from tests.patience import until
from tests.producers.feeds.test_plain import BAD_LINES

APP = typer.Typer()
publish.register(APP)
agency_commands.register(APP)
TOPIC = "incident-reports.calexico_pd"


@pytest.fixture(autouse=True)
def _home_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INTERAGENCY_HOME", str(tmp_path / "home"))


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> MemoryKafka:
    """A Kafka in memory in place of the real one."""
    memory = MemoryKafka()

    def connecting(settings: Settings) -> Session:
        return Session(settings, memory, Registry(memory, memory, 1.0))

    monkeypatch.setattr("producers.delivery.session.connect", connecting)
    return memory


def _run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    result = CliRunner().invoke(APP, arguments)
    if isinstance(result.exception, PipelineError):
        return result.exception.exit_code, result.stdout, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def _file(path: Path, *lines: bytes) -> str:
    path.write_bytes(b"".join(lines))
    return str(path)


def _keys(kafka: MemoryKafka, topic: str = TOPIC) -> list[str]:
    return sorted(stored.key.decode() for partition in kafka.topics.get(topic, []) for stored in partition)


def _mixed(path: Path) -> tuple[str, int]:
    """Every bad line with a good one before and behind it; and how many are good."""
    lines = [line(source_id="good-0")]
    for number, (bad, _, _) in enumerate(BAD_LINES, 1):
        lines += [bad.rstrip(b"\n") + b"\n", line(source_id=f"good-{number}")]
    return _file(path, *lines), len(BAD_LINES) + 1


def test_good_lines_are_published_whatever_stands_between_them(tmp_path: Path, kafka: MemoryKafka) -> None:
    file, good = _mixed(tmp_path / "feed.jsonl")
    code, out, _ = _run("publish", "--json", file)
    told = json.loads(out)
    assert code == 65
    assert (told["acknowledged"], told["refused"], told["lines"]) == (good, len(BAD_LINES), good + len(BAD_LINES))
    assert len(_keys(kafka)) == good
    found = [(one["line"], one["field"], one["reason"]) for one in told["refusals"]]
    assert found == [(2 * number, field, reason) for number, (_, field, reason) in enumerate(BAD_LINES, 1)]


def test_validate_says_what_publish_would_refuse(tmp_path: Path, kafka: MemoryKafka) -> None:
    file, good = _mixed(tmp_path / "feed.jsonl")
    code, out, _ = _run("validate", "--json", file)
    _, published, _ = _run("publish", "--json", file)
    assert code == 65
    assert json.loads(out)["accepted"] == good
    assert json.loads(out)["refusals"] == json.loads(published)["refusals"]


def test_line_that_is_too_large_as_avro_is_refused_by_both(tmp_path: Path, kafka: MemoryKafka) -> None:
    # Ids stand twice in the record: a line within the bound becomes a record beyond it.
    ids = {"agency": "a" * 48, "source_id": "\u6c49" * 128}
    empty = len(line(**ids, narrative=""))
    file = _file(tmp_path / "feed.jsonl", line(**ids, narrative="x" * (MAX_LINE_BYTES - empty)))
    for command in ("validate", "publish"):
        code, out, _ = _run(command, "--json", file)
        assert (code, json.loads(out)["refusals"][0]["reason"]) == (65, "too_large")
    assert spool.record_counts(tmp_path / "home") == {}


def test_refusals_are_lines_on_standard_error_up_to_a_bound(tmp_path: Path) -> None:
    file, _ = _mixed(tmp_path / "feed.jsonl")
    code, out, err = _run("validate", file)
    lines = err.splitlines()
    assert code == 65
    assert lines[0].startswith(f"{file}:2 - bad_line not JSON: ")
    assert len(lines) == 21
    assert f"{len(BAD_LINES) - 20} more refusals" in lines[-1]
    assert out.count("\n") == 1
    assert f"{len(BAD_LINES)} refused" in out


def test_good_file_ends_with_nothing_on_standard_error(tmp_path: Path, kafka: MemoryKafka) -> None:
    file = tmp_path / "feed.jsonl.gz"
    file.write_bytes(gzip.compress(line(source_id="a") + line(source_id="b", precision="rooftop")))
    code, out, err = _run("publish", str(file))
    assert (code, err) == (0, "")
    assert "2 lines: 2 acknowledged, 0 refused, 0 kept on disk, 1 with a precision that is not in the list" in out
    assert _keys(kafka) == ["a", "b"]


@pytest.mark.parametrize("packed", [gzip.compress, bytes])
def test_standard_input_is_read(packed: Callable[[bytes], bytes]) -> None:
    command = [sys.executable, "-m", "interagency", "validate", "--json", "-"]
    told = subprocess.run(command, input=packed(line() + line(version=2)), stdout=subprocess.PIPE, check=True).stdout
    assert json.loads(told)["accepted"] == 2


_HEADER = b"CallNo,Rev,Status,CallDate,CallTime,Latitude,Longitude,GeoSource,Street,City,Code,Nature,Remarks,Dispo"
_ROW = b"26-1,1,OPEN,01/31/2026,23:59,32.5,-114.7,AVL,1 MAIN ST,YUMA,10-50,ACCIDENT,,"
_FOREIGN = {
    "another header": b"Foo," + _HEADER + b"\nx," + _ROW,
    "no header": _ROW + b"\n" + _ROW,
    "UTF-16": (_HEADER + b"\n" + _ROW).decode().encode("utf-16"),
    "UTF-16 without a mark": (_HEADER + b"\n" + _ROW).decode().encode("utf-16-le"),
    "UTF-32": (_HEADER + b"\n" + _ROW).decode().encode("utf-32"),
    "a workbook": b"PK\x03\x04" + bytes(range(256)) * 9,
    "a PDF": b"%PDF-1.7\n" + bytes(range(256)),
    "bytes": bytes(range(256)) * 9,
    "no gzip data": b"\x1f\x8b" + b"x" * 99,
    "a gzip file that ends early": gzip.compress(_HEADER + b"\n" + _ROW)[:40],
    "a long first line": b"x" * 10_000_000,
}


@pytest.mark.parametrize("command", ["validate", "publish"])
@pytest.mark.parametrize("what", _FOREIGN)
def test_file_of_another_kind_is_one_refusal_that_names_file_and_line(
    tmp_path: Path, kafka: MemoryKafka, command: str, what: str
) -> None:
    file = _file(tmp_path / "feed.csv", _FOREIGN[what])
    code, out, err = _run(command, "--agency", "yuma_pd", "--feed", "csv_cad", file)
    assert (code, err.count("\n")) == (65, 1)
    assert err.startswith(f"{file}:1 ")
    assert "1 refused" in out
    assert kafka.sent == 0


@pytest.mark.parametrize("command", ["validate", "publish"])
def test_what_is_no_file_is_a_usage_error(tmp_path: Path, kafka: MemoryKafka, command: str) -> None:
    for file, what in (
        (str(tmp_path), "directory"),
        (str(tmp_path / "none"), "No such file"),
        ("x" * 5000, "too long"),
    ):
        code, out, err = _run(command, file)
        assert (code, out) == (2, "")
        assert what in err


def test_file_that_cannot_be_read_on_is_refused_where_it_fails(
    tmp_path: Path, kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows(stream: object) -> Iterator[object]:
        yield from list(plain_rows(io.BytesIO(line())))
        raise OSError(errno.EIO, "Input/output error")

    plain_rows = plain.rows
    monkeypatch.setattr(plain, "rows", rows)
    code, _, err = _run("publish", _file(tmp_path / "feed.jsonl", line()))
    assert code == 65
    assert "feed.jsonl:2 - bad_line cannot be read: Input/output error" in err
    assert len(_keys(kafka)) == 1


def test_repeats_are_no_refusals(tmp_path: Path, kafka: MemoryKafka) -> None:
    file = _file(tmp_path / "feed.jsonl", line(), line())
    assert _run("publish", file)[0] == 0
    assert _run("publish", file)[0] == 0
    assert len(_keys(kafka)) == 4


def test_agency_must_agree_with_the_lines(tmp_path: Path, kafka: MemoryKafka) -> None:
    file = _file(tmp_path / "feed.jsonl", line(), line(agency="nogales_pd"), line(version=2))
    code, out, _ = _run("publish", "--json", "--agency", "calexico_pd", file)
    told = json.loads(out)
    assert (code, told["acknowledged"]) == (65, 2)
    assert [(one["line"], one["field"], one["reason"]) for one in told["refusals"]] == [
        (2, "agency", "agency_mismatch")
    ]
    assert "incident-reports.nogales_pd" not in kafka.topics


def test_every_agency_of_a_file_has_its_own_topic(tmp_path: Path, kafka: MemoryKafka) -> None:
    file = _file(tmp_path / "feed.jsonl", line(), line(agency="yuma_pd"), line(agency="nogales_pd"))
    assert _run("publish", file)[0] == 0
    topics = {topic for topic in kafka.topics if topic.startswith("incident-reports.")}
    assert topics == {f"incident-reports.{agency}" for agency in ("calexico_pd", "yuma_pd", "nogales_pd")}
    rows = Registry(kafka, kafka, 1.0).rows
    assert (rows["yuma_pd"]["added_by"], rows["yuma_pd"]["code_system"]) == ("first publish", "ca_pc")


def test_column_feed_is_published_and_other_columns_are_refused(tmp_path: Path, kafka: MemoryKafka) -> None:
    row: dict[str, Any] = {"source": "chp_zzcc", "source_id": "1", "occurred_at": "2026-01-31T08:16:00-08:00"}
    rows = [row, {**row, "speed": 1}]
    file = _file(tmp_path / "log.jsonl", *(json.dumps(one).encode() + b"\n" for one in rows))
    code, out, _ = _run("publish", "--json", "--agency", "chp_el_centro", "--feed", "chp", file)
    assert (code, json.loads(out)["refusals"][0]["field"]) == (65, "speed")
    assert _keys(kafka, "incident-reports.chp_el_centro") == ["chp_zzcc/1"]


def test_without_kafka_reports_are_kept_and_the_next_call_delivers_them(tmp_path: Path, kafka: MemoryKafka) -> None:
    file = _file(tmp_path / "feed.jsonl", line(source_id="a"), line(source_id="b", version=0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "producers.delivery.session.connect", lambda settings: Session(settings, Transient("no Kafka"), None)
        )
        code, out, err = _run("publish", file)
        assert code == 75
        assert "1 refused, 1 kept on disk" in out
        assert "no Kafka" in err
        assert _run("publish")[0] == 75
    code, out, err = _run("publish")
    assert (code, err) == (0, "")
    assert "1 delivered from disk" in out
    assert _keys(kafka) == ["a"]


def test_services_that_do_not_run_keep_reports_on_disk(tmp_path: Path) -> None:
    code, out, _ = _run("publish", "--json", _file(tmp_path / "feed.jsonl", line()))
    told = json.loads(out)
    assert (code, told["spooled"]) == (75, 1)
    assert "interagency up" in told["problem"]
    assert spool.record_counts(tmp_path / "home") == {"calexico_pd": 1}


def test_publish_without_files_and_without_a_spool_has_nothing_to_do() -> None:
    assert _run("publish")[:2] == (0, "0 lines: 0 acknowledged, 0 refused, 0 kept on disk in 0.0 s\n")


def test_stranger_is_denied_on_services_that_are_not_ours(
    tmp_path: Path, kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KAFKA", "REGISTRY", "ELASTICSEARCH"):
        monkeypatch.setenv(f"INTERAGENCY_{name}", "http://elsewhere:1")
    file = _file(tmp_path / "feed.jsonl", line(), line(agency="yuma_pd"))
    code, out, _ = _run("publish", "--json", file)
    told = json.loads(out)
    assert (code, told["acknowledged"]) == (77, 1)
    assert told["refusals"][0]["reason"] == "agency_unknown"


@pytest.mark.parametrize("arguments", [
    ("publish", "no-such-file"), ("validate", "no-such-file"), ("validate",), ("publish", "--speed", "-"),
    ("agency", "add", "yuma_pd", "--handling", "homicide"),
])  # fmt: skip
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    assert _run(*arguments)[0] == 2


@pytest.mark.parametrize("arguments", [
    ("validate", "--feed", "nowhere", "-"), ("publish", "--agency", "Yuma PD", "-"), ("agency", "add", "Yuma PD"),
])  # fmt: skip
def test_wrong_configuration_ends_with_78(arguments: tuple[str, ...]) -> None:
    assert _run(*arguments)[0] == 78


def test_registry_without_services_ends_with_69() -> None:
    assert _run("agency", "list")[0] == 69


@pytest.mark.parametrize("command", [("publish",), ("validate",), ("agency", "add")])
def test_help_shows_examples(command: tuple[str, ...]) -> None:
    code, out, _ = _run(*command, "--help")
    assert (code, "Examples:" in out) == (0, True)


@pytest.mark.services
def test_agencies_are_added_changed_and_listed(endpoints: Endpoints, tmp_path: Path) -> None:
    _home(endpoints, tmp_path)
    agency = f"so_{uuid.uuid4().hex[:12]}"
    assert _run("agency", "add", agency, "--country", "USA", "--handling", "*=RED")[:2] == (0, f"{agency}: added\n")
    assert _run("agency", "add", agency)[:2] == (0, f"{agency}: unchanged\n")
    assert _run("agency", "add", agency, "--kind", "county")[:2] == (0, f"{agency}: changed\n")
    code, out, _ = _run("agency", "list", "--json")
    [row] = [row for row in json.loads(out) if row["agency_id"] == agency]
    assert code == 0
    assert (row["country"], row["kind"], row["default_handling"]) == ("USA", "county", {"*": "RED"})
    assert agency in _run("agency", "list")[1]


def _home(endpoints: Endpoints, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    endpoints.write(home / "endpoints.json")
    return home


@pytest.mark.services
def test_publisher_killed_while_it_delivers_loses_nothing(endpoints: Endpoints, tmp_path: Path) -> None:
    """Reports wait on disk; a publisher is killed while it delivers them; the next one delivers every one of them."""
    agency = f"kill_{uuid.uuid4().hex[:12]}"
    lines = [line(agency=agency, source_id=f"r{number}", narrative="x" * 500) for number in range(20_000)]
    file = _file(tmp_path / "feed.jsonl", *lines)
    assert _run("publish", file)[0] == 75
    home = _home(endpoints, tmp_path)
    environment = {**os.environ, "INTERAGENCY_HOME": str(home)}
    command = [sys.executable, "-m", "interagency", "publish"]
    from producers.delivery.kafka import Admin

    with Admin(endpoints.kafka) as admin:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        until(lambda: _published(admin, agency), what="the first reports of the spool", every=0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert spool.record_counts(home) == {agency: 20_000}
        assert _run("publish")[0] == 0
        found = admin.read_compacted(f"incident-reports.{agency}")
    assert sorted(found) == sorted(b"r%d" % number for number in range(20_000))
    assert spool.record_counts(home) == {}


def _published(admin: Any, agency: str) -> int:
    return sum(admin.end_offsets([f"incident-reports.{agency}"]).values())


def test_progress_is_told_in_plain_lines_without_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from producers.cli.progress import Progress

    monkeypatch.setattr("producers.cli.progress._EVERY_S", 0.0)
    with Progress() as progress:
        progress("feed.jsonl.gz", 10, 1_000)
    assert "feed.jsonl.gz: 1,000 lines" in capsys.readouterr().err


def test_progress_is_a_bar_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from producers.cli.progress import Progress

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    file = _file(tmp_path / "feed.jsonl", b"x" * 100)
    monkeypatch.setattr("sys.stderr", terminal)
    with Progress() as progress:
        progress(file, 50, 1_000)
        progress.print("[file:1] is told as it is")
    assert "[file:1] is told as it is" in terminal.getvalue()
    assert "1,000 lines" in terminal.getvalue()
