"""Nothing is used that is not the pinned file, and a part is in the cache whole or not at all."""

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jgo.maven
import pytest
from rich.console import Console

from deploy.installation import download
from deploy.installation.artifacts import fetch, is_installed, missing
from deploy.installation.download import Progress, from_central
from deploy.installation.pins import Part, Pin, read_pins
from schemas.errors import Configuration, Transient


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        launcher = zipfile.ZipInfo("search-9/bin/run")
        launcher.external_attr = 0o755 << 16
        archive.writestr(launcher, "#!/bin/sh\n")
        archive.writestr("search-9/config/one.yml", "a: 1\n")
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        row = tarfile.TarInfo("app-runner.jar")
        row.size = 3
        archive.addfile(row, io.BytesIO(b"app"))
    return out.getvalue()


CONTENT = {
    "g.one:one:1": b"first jar",
    "g.two:two:2": b"second jar",
    "g:app:1:all:tar.gz": _tar(),
    "g:search:9::zip": _zip(),
}


def _pin(coordinate: str) -> Pin:
    content = CONTENT[coordinate]
    return Pin(coordinate, len(content), hashlib.sha256(content).hexdigest())


PARTS = [
    Part("kafka", "1", (_pin("g.one:one:1"), _pin("g.two:two:2"))),
    Part("registry", "1", (_pin("g:app:1:all:tar.gz"),)),
    Part("elasticsearch", "9", (_pin("g:search:9::zip"),)),
]


class FakeRepository:
    """Serves `CONTENT`, changed where told, and counts what was asked for."""

    def __init__(self, change: Callable[[str, bytes], bytes] = lambda _, content: content) -> None:
        self.change = change
        self.asked: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, coordinate: str, staging: Path, progress: Progress) -> Path:
        with self._lock:
            self.asked.append(coordinate)
        content = self.change(coordinate, CONTENT[coordinate])
        file = staging / coordinate.replace(":", "_")
        file.write_bytes(content)
        progress(len(content))
        return file


def _quiet() -> Console:
    return Console(file=io.StringIO())


def test_parts_are_laid_out_ready_to_run(tmp_path: Path) -> None:
    installed = fetch(tmp_path / "cache", console=_quiet(), fetcher=FakeRepository(), parts=PARTS)
    assert (installed.kafka / "one-1.jar").read_bytes() == b"first jar"
    assert (installed.kafka / "two-2.jar").read_bytes() == b"second jar"
    assert (installed.registry / "app-runner.jar").read_bytes() == b"app"
    assert (installed.elasticsearch / "bin/run").stat().st_mode & 0o777 == 0o755
    assert (installed.elasticsearch / "config/one.yml").stat().st_mode & 0o777 == 0o644


def test_another_user_can_read_it_whatever_the_umask(tmp_path: Path, tight_umask: None) -> None:
    installed = fetch(tmp_path / "cache", console=_quiet(), fetcher=FakeRepository(), parts=PARTS)
    for path in (installed.elasticsearch, *installed.elasticsearch.rglob("*")):
        assert path.stat().st_mode & (0o005 if path.is_dir() else 0o004), path
    assert (tmp_path / "cache").stat().st_mode & 0o001


def test_what_is_installed_is_not_fetched_again(tmp_path: Path) -> None:
    fetch(tmp_path, console=_quiet(), fetcher=FakeRepository(), parts=PARTS)
    second, console = FakeRepository(), _quiet()
    fetch(tmp_path, console=console, fetcher=second, parts=PARTS)
    assert second.asked == []
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: content[:-1] + b"?", "SHA-256"),
        (lambda content: content[:-1], "bytes instead of"),
        (lambda content: b"", "bytes instead of"),
    ],
)
def test_a_file_that_is_not_the_pinned_one_is_named_and_deleted(
    tmp_path: Path, change: Callable[[bytes], bytes], told: str
) -> None:
    bad = FakeRepository(lambda name, content: change(content) if name == "g.two:two:2" else content)
    with pytest.raises(Configuration, match=rf"two-2\.jar .*{told}"):
        fetch(tmp_path, console=_quiet(), fetcher=bad, parts=PARTS)
    wrong = change(CONTENT["g.two:two:2"])
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and file.read_bytes() == wrong != b""]
    assert missing(tmp_path, parts=PARTS) == PARTS


def test_after_a_failure_only_the_rest_is_fetched(tmp_path: Path) -> None:
    bad = FakeRepository(lambda name, content: b"x" if name == "g:search:9::zip" else content)
    with pytest.raises(Configuration):
        fetch(tmp_path, console=_quiet(), fetcher=bad, parts=PARTS)
    kept = {file.name for file in (tmp_path / "verified").iterdir()}
    good = FakeRepository()
    fetch(tmp_path, console=_quiet(), fetcher=good, parts=PARTS)
    assert sorted(good.asked) == sorted(name for name in CONTENT if _pin(name).sha256 not in kept)
    assert "g:search:9::zip" in good.asked
    assert missing(tmp_path, parts=PARTS) == []


def test_a_verified_file_of_an_interrupted_run_is_used_once_its_hash_agrees(tmp_path: Path) -> None:
    kept = tmp_path / "verified"
    kept.mkdir()
    first, second = PARTS[0].files
    (kept / first.sha256).write_bytes(CONTENT[first.coordinate])
    (kept / second.sha256).write_bytes(b"half of it")
    repository = FakeRepository()
    installed = fetch(tmp_path, console=_quiet(), fetcher=repository, parts=PARTS)
    assert first.coordinate not in repository.asked
    assert second.coordinate in repository.asked
    assert (installed.kafka / "two-2.jar").read_bytes() == b"second jar"


def test_what_a_killed_run_left_in_staging_is_never_used(tmp_path: Path) -> None:
    left = tmp_path / "staging-killed"
    left.mkdir(parents=True)
    (left / "g.one_one_1").write_bytes(b"half")
    installed = fetch(tmp_path, console=_quiet(), fetcher=FakeRepository(), parts=PARTS)
    assert (installed.kafka / "one-1.jar").read_bytes() == b"first jar"
    assert not list(tmp_path.glob("staging-*"))


@pytest.mark.parametrize("damage", ["shorten", "delete", "listing"])
def test_a_damaged_part_is_installed_anew(tmp_path: Path, damage: str) -> None:
    installed = fetch(tmp_path, console=_quiet(), fetcher=FakeRepository(), parts=PARTS)
    jar = installed.kafka / "one-1.jar"
    if damage == "shorten":
        jar.write_bytes(b"first")
    elif damage == "delete":
        jar.unlink()
    else:
        (installed.kafka / "installed.json").write_text("{}")
    assert not is_installed(installed.kafka)
    again = FakeRepository()
    fetch(tmp_path, console=_quiet(), fetcher=again, parts=PARTS)
    assert sorted(again.asked) == ["g.one:one:1", "g.two:two:2"]
    assert jar.read_bytes() == b"first jar"


def test_two_commands_at_once_fetch_once(tmp_path: Path) -> None:
    repository = FakeRepository()
    threads = [
        threading.Thread(
            target=fetch, args=(tmp_path,), kwargs={"console": _quiet(), "fetcher": repository, "parts": PARTS}
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(repository.asked) == sorted(CONTENT)


def test_elasticsearch_can_be_installed_elsewhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    installed = fetch(tmp_path / "c", elsewhere, _quiet(), FakeRepository(), PARTS)
    assert installed.elasticsearch.parent == elsewhere
    assert installed.kafka.parent == tmp_path / "c"


def test_a_repository_out_of_reach_is_transient_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_PAUSE_S", 0.0)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Transient, match=r"slf4j-simple-1\.7\.36\.jar cannot be downloaded .* network"):
        from_central("org.slf4j:slf4j-simple:1.7.36", tmp_path, lambda _: None)


def test_a_connection_that_breaks_halfway_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Breaking(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            found = self.path.endswith(".jar")
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", "100000" if found else "0")
            self.end_headers()
            if found:
                self.wfile.write(b"x" * (100_000 if asked.count(self.path) == 2 else 50_000))

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setattr(download, "_PAUSE_S", 0.0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    moved: list[int] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Breaking) as server:
        threading.Thread(target=server.serve_forever).start()
        here = {"here": f"http://127.0.0.1:{server.server_port}"}
        monkeypatch.setattr(jgo.maven, "MavenContext", partial(jgo.maven.MavenContext, remote_repos=here))
        file = from_central("g.h:one:1", tmp_path, moved.append)
        server.shutdown()
    assert file.stat().st_size == 100_000
    assert sum(moved) == 100_000, "what was thrown away does not count as progress"
    assert min(moved) < 0
    assert asked.count("/g/h/one/1/one-1.jar") == 2


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Configuration, match="cannot be installed in"):
        fetch(tmp_path / "file" / "cache", console=_quiet(), fetcher=FakeRepository(), parts=PARTS)


def test_every_pin_has_a_version_a_size_and_a_hash() -> None:
    parts = {part.name: part for part in read_pins()}
    assert sorted(parts) == ["elasticsearch", "kafka", "registry"]
    for part in parts.values():
        for pin in part.files:
            assert pin.size > 1000, pin
            assert len(bytes.fromhex(pin.sha256)) == 32, pin
            assert pin.coordinate.count(":") >= 2, pin
    jars = {pin.name for pin in parts["kafka"].files}
    # the second without which the broker's start errors are silent
    assert {"kafka_2.13-4.3.0.jar", "slf4j-simple-1.7.36.jar"} <= jars
    assert len(jars) == len(parts["kafka"].files) == 46


def test_progress_off_a_terminal_is_plain_lines(tmp_path: Path) -> None:
    console = _quiet()
    fetch(tmp_path, console=console, fetcher=FakeRepository(), parts=PARTS)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert lines[0].startswith("downloading")
    assert lines[-1].strip() == "100 %"
