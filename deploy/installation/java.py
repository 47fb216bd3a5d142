"""Find one Java that runs all three services; Elasticsearch is the choosy one."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.installation.os_user import reachable
from schemas.errors import Configuration

MINIMUM = 21
MODULES = ("jdk.incubator.vector", "jdk.management.agent", "jdk.net")
ADVICE = f"install a full JDK of {MINIMUM} or later, such as Temurin, or name one with INTERAGENCY_JAVA"
_INSTALLED = Path("/usr/lib/jvm")
_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that fits: its program, its home (what ES_JAVA_HOME wants) and its major version."""

    program: Path
    home: Path
    major: int


def find(named: Path | None, uid: int | None, installed: Path = _INSTALLED) -> Java:
    """Give the first Java that fits: `named` (INTERAGENCY_JAVA), JAVA_HOME, PATH, then those of `installed`.

    `uid` is the user, if another, that must be able to run it. Raises: Configuration, naming why each one fell out.
    """
    refused: list[str] = []
    for program in candidates(named, installed):
        found = examine(program, uid)
        if isinstance(found, Java):
            return found
        if program == named:
            raise Configuration(f"INTERAGENCY_JAVA: {found}; {ADVICE}")
        refused.append(found)
    raise Configuration(f"no Java for Elasticsearch ({'; '.join(refused) or 'none is installed'}): {ADVICE}")


def candidates(named: Path | None, installed: Path = _INSTALLED) -> Iterator[Path]:
    """Give the Java programs to look at, each once, in order; a folder stands for its `bin/java`."""
    if named:
        yield named
    home, on_path = os.environ.get("JAVA_HOME"), shutil.which("java")
    found = [Path(home) / "bin/java"] if home else []
    found += [Path(on_path)] if on_path else []
    # newest name first: looking at one costs a start of Java
    found += sorted(installed.glob("*/bin/java"), key=lambda p: _numbers(p.parts[-3]), reverse=True)
    seen: set[Path] = set()
    for program in found:
        if (real := program.resolve()) not in seen:
            seen.add(real)
            yield program


def _numbers(name: str) -> int:
    return max(map(int, re.findall(r"\d+", name)), default=0)


def examine(program: Path, uid: int | None) -> Java | str:
    """Give what is at `program`, or in one phrase why it does not fit."""
    if program.is_dir():
        program /= "bin/java"
    try:
        shown = subprocess.run(  # noqa: S603
            [program, "-XshowSettings:properties", "--list-modules"],
            env={"PATH": os.environ.get("PATH", "")},  # JAVA_TOOL_OPTIONS would write into what is read
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return f"{program} does not run"
    home = re.search(r"^\s*java\.home = (.+)$", shown.stderr, re.MULTILINE)
    base = re.search(r"^java\.base@(\d+)", shown.stdout, re.MULTILINE)
    if shown.returncode or not home or not base:
        return f"{program} is no Java of 9 or later"
    return _judge(Java(program, Path(home[1].strip()), int(base[1])), shown.stdout, uid)


def _judge(java: Java, listing: str, uid: int | None) -> Java | str:
    if java.major < MINIMUM:
        return f"{java.program} is Java {java.major}"
    modules = {line.split("@")[0].strip() for line in listing.splitlines()}
    if lacking := [module for module in MODULES if module not in modules]:
        return f"{java.program} lacks {', '.join(lacking)}"
    if uid is not None and not reachable(java.home.resolve()):
        return f"{java.program} is in a folder that only root may enter, and Elasticsearch does not run as root"
    return java
