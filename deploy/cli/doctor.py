"""Examine the machine before anything is started, and advise where it does not suffice."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil  # type: ignore[import-untyped]

from deploy.cli import speed
from deploy.embedded.home import home_of, install_folder
from deploy.embedded.ports import LOOPBACK, choose
from deploy.installation import artifacts, java, os_user
from schemas.errors import Configuration, PipelineError
from schemas.runtime.settings import Settings
from sinks.partnership.retention_schedule import read_schedule, schedule_path

_GIB = 1024**3
_PYTHON = (3, 11)
# 0.7 GB of services, and their archives while they are unpacked; the rest is for data
_DISK = (1 * _GIB, 3 * _GIB)
# the heaps may grow to 2 GB together; code and file cache take as much again
_MEMORY = (2 * _GIB, 4 * _GIB)
# what the three services use to start, in CPU seconds of the reference machine; they start in parallel
_START_CPU_S = 11.0
_SLOW = 2.0

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: `level` is ok, warn (works, with limits) or fail (services will not start)."""

    name: str
    level: Level
    found: str
    advice: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Return the findings for these settings; start and create nothing."""
    checks: list[Callable[[Settings], Finding]] = [_python, _make, _speed, _retention]
    if not settings.external:
        checks += [_java, _user, _disk, _memory, _loopback, _downloads, _forgotten]
    return [check(settings) for check in checks]


def _python(_: Settings) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= _PYTHON:
        return Finding("python", "ok", version)
    return Finding("python", "fail", version, "install Python 3.11 or later")


def _make(_: Settings) -> Finding:
    if program := shutil.which("make"):
        return Finding("make", "ok", program)
    return Finding("make", "warn", "not installed", "install make, or run the commands of the Makefile by hand")


def _speed(_: Settings) -> Finding:
    measured = speed.measure()
    processors = len(os.sched_getaffinity(0))
    start_s = _START_CPU_S * measured.slower / min(2, processors) / measured.share
    description = (
        f"the sum of {speed.NUMBERS:,} integers takes {measured.cpu_s:.2f} s of CPU time, {measured.slower:.1f} times "
        f"the reference of {speed.REFERENCE_S} s, on {processors} processors; services take about {start_s:.0f} s to "
        "start"
    )
    if measured.slower / measured.share < _SLOW:
        return Finding("speed", "ok", description)
    busy = f", and other programs take {1 - measured.share:.0%} of it" if measured.share < 1 / _SLOW else ""
    return Finding("speed", "warn", f"slow: {description}", f"wait longer: this machine is slow{busy}")


def _java(settings: Settings) -> Finding:
    try:
        suitable = java.find_java(settings.java, os_user.elasticsearch_uid())
    except PipelineError as exc:
        return Finding("java", "fail", str(exc).removesuffix(java.ADVICE).rstrip(" :;"), java.ADVICE)
    return Finding("java", "ok", f"Java {suitable.major} with {java.MODULES[0]}: {suitable.program}")


def _user(settings: Settings) -> Finding:
    try:
        home = home_of(settings)
    except PipelineError as exc:
        return Finding("elasticsearch user", "fail", str(exc), "run as an ordinary user")
    if home.uid is None:
        return Finding("elasticsearch user", "ok", f"uid {os.geteuid()}, the caller's; data in {home.root}")
    return Finding("elasticsearch user", "ok", f"uid {home.uid}, since it refuses root; data in {home.elasticsearch}")


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _disk(settings: Settings) -> Finding:
    places = [_existing(place.absolute()) for place in (settings.cache, settings.home)]
    free = {place: shutil.disk_usage(place).free for place in places}
    place, least = min(free.items(), key=lambda row: row[1])
    description = f"{least / _GIB:.1f} GiB free at {place}"
    advice = "free some space, or set other folders with INTERAGENCY_HOME and INTERAGENCY_CACHE"
    return _grade("disk", least, _DISK, description, advice)


def _memory(_: Settings) -> Finding:
    available = psutil.virtual_memory().available
    description = f"{available / _GIB:.1f} GiB available"
    return _grade("memory", available, _MEMORY, description, "close other programs: the services take 1.5 to 3 GiB")


def _grade(name: str, amount: int, limits: tuple[int, int], description: str, advice: str) -> Finding:
    least, enough = limits
    if amount >= enough:
        return Finding(name, "ok", description)
    return Finding(name, "fail" if amount < least else "warn", description, advice)


def _loopback(_: Settings) -> Finding:
    try:
        choose(["any"], {})
    except PipelineError as exc:
        return Finding("loopback", "fail", str(exc), f"allow programs to listen on {LOOPBACK}")
    return Finding("loopback", "ok", f"ports can be opened on {LOOPBACK}")


def _downloads(settings: Settings) -> Finding:
    try:
        elsewhere = install_folder(settings, home_of(settings))
    except PipelineError:
        elsewhere = None
    missing = artifacts.missing(settings.cache.absolute(), elsewhere)
    if not missing:
        return Finding("downloads", "ok", f"all verified in {settings.cache}")
    size = sum(pin.size for part in missing for pin in part.files) / 1e6
    names = ", ".join(part.name for part in missing)
    return Finding("downloads", "warn", f"{names} not in {settings.cache}", f"the first start downloads {size:.0f} MB")


def _retention(settings: Settings) -> Finding:
    table = schedule_path(settings.home)
    try:
        rules = read_schedule(settings.home)
    except Configuration as exc:
        return Finding("retention", "warn", str(exc), "correct it: until then `interagency retention` exits with 78")
    if rules:
        return Finding("retention", "ok", f"{len(rules):,} rules in {table}")
    advice = f"write {table}, as the README says, if a law or an agreement says how long reports may be kept"
    return Finding("retention", "warn", "no rule: every report is kept until it is purged by hand", advice)


def _forgotten(_: Settings) -> Finding:
    """Find indices of root's Elasticsearch that stayed outside of a home which has been deleted."""
    left = []
    if os.geteuid() == 0:
        for note in os_user.SHARED.glob("*/home"):
            home = note.read_text().strip()
            if not Path(home).exists():
                left.append(str(note.parent))
    if not left:
        return Finding("left data", "ok", "none")
    return Finding("left data", "warn", f"indices of deleted homes: {', '.join(left)}", "delete these folders")
