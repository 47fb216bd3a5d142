"""What the doctor says of machines that lack something."""

import os
import re
import shutil
from collections import namedtuple
from dataclasses import asdict
from pathlib import Path

import pytest

from deploy.cli import doctor, speed
from deploy.cli.doctor import Finding, examine
from deploy.cli.speed import Speed
from deploy.installation import java, os_user
from schemas.errors import Configuration
from schemas.runtime.settings import Settings


def _by_check(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(settings)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", cache=tmp_path / "cache")


def test_it_creates_nothing_and_advises_on_all_that_is_not_ok(settings: Settings, tmp_path: Path) -> None:
    findings = examine(settings)
    assert list(tmp_path.iterdir()) == []
    for finding in findings:
        assert finding.found
        assert bool(finding.advice) == (finding.level != "ok"), finding
        assert asdict(finding)["name"] == finding.name


def test_no_fitting_java_is_a_failure_with_what_to_install(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Configuration(f"no Java for Elasticsearch (/x is Java 17): {java.ADVICE}")

    monkeypatch.setattr(java, "find_java", refuse)
    found = _by_check(settings)["java"]
    assert (found.level, found.advice) == ("fail", java.ADVICE)
    assert found.found == "no Java for Elasticsearch (/x is Java 17)"


@pytest.mark.parametrize(("free", "level"), [(4, "ok"), (2, "warn"), (0.5, "fail")])
def test_disk_space_of_the_fuller_place_is_judged(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free: float, level: str
) -> None:
    usage = namedtuple("usage", ["free"])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(int(free * 1024**3)))
    assert _by_check(settings)["disk"].level == level


def test_an_empty_cache_tells_how_much_the_first_start_fetches(settings: Settings) -> None:
    found = _by_check(settings)["downloads"]
    assert found.level == "warn"
    assert "kafka" in found.found
    assert "MB" in found.advice


@pytest.mark.parametrize(
    ("measured", "level", "told", "advice"),
    [
        (Speed(0.5, 0.5), "ok", "takes 0.50 s of CPU time, 1.0 times the reference of 0.5 s", ""),
        (Speed(1.75, 1.75), "warn", "slow: .* 3.5 times the reference", "this machine is slow$"),
        (Speed(0.5, 2.0), "warn", "1.0 times the reference", "other programs take 75% of it"),
    ],
)
def test_it_says_how_fast_the_machine_is_and_what_that_means(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, measured: Speed, level: str, told: str, advice: str
) -> None:
    monkeypatch.setattr(speed, "measure", lambda: measured)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    found = _by_check(settings)["speed"]
    assert found.level == level
    assert re.search(told, found.found)
    assert re.search(advice, found.advice)
    seconds = 11 * measured.clock_s / 0.5 / 2
    assert f"services take about {seconds:.0f} s to start" in found.found


def test_a_speed_is_of_the_whole_loop_by_both_clocks() -> None:
    found = speed.measure(4, cpu=iter([10.0, 10.1]).__next__, clock=iter([50.0, 50.4]).__next__)
    assert (round(found.cpu_s, 6), round(found.clock_s, 6), round(found.share, 6)) == (0.5, 2.0, 0.25)
    assert round(found.slower, 6) == 1.0


def test_without_make_the_rest_still_works(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert _by_check(settings)["make"].level == "warn"


def test_indices_of_a_deleted_home_are_pointed_out(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os_user, "SHARED", tmp_path / "shared")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for name, home in (("gone", tmp_path / "no more"), ("there", tmp_path)):
        (tmp_path / "shared" / name).mkdir(parents=True)
        (tmp_path / "shared" / name / "home").write_text(f"{home}\n")
    found = doctor._forgotten(settings)
    assert found.level == "warn"
    assert str(tmp_path / "shared" / "gone") in found.found
    assert "there" not in found.found


def test_services_elsewhere_need_neither_java_nor_disk() -> None:
    settings = Settings(kafka="h:1", registry="http://h:2", elasticsearch="http://h:3")
    assert set(_by_check(settings)) == {"python", "make", "speed", "retention"}


@pytest.mark.parametrize(
    ("table", "level", "found"),
    [
        (None, "warn", "no rule: every report is kept"),
        ("agreement,agency,family,years,source\n,,,5,s\n", "ok", "1 rules in"),
        ("agreement,agency,family,years,source\n,,,x,s\n", "warn", "line 2, years"),
    ],
)
def test_whether_there_are_rules_of_retention_is_told(
    settings: Settings, table: str | None, level: str, found: str
) -> None:
    if table is not None:
        settings.home.mkdir()
        (settings.home / "retention.csv").write_text(table)

    told = _by_check(settings)["retention"]
    assert told.level == level
    assert found in told.found
