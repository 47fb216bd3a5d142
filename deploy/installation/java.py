"""Find a Java that runs all three services; Elasticsearch has the strictest requirements."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.installation.os_user import is_reachable
from schemas.errors import Configuration

MINIMUM = 21
MODULES = ("jdk.incubator.vector", "jdk.management.agent", "jdk.net")
ADVICE = f"install a full JDK of {MINIMUM} or later, such as Temurin, or name one with INTERAGENCY_JAVA"
_INSTALLED = Path("/usr/lib/jvm")
_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Java:
    """A suitable Java: its program, its home (for ES_JAVA_HOME) and its major version."""

    program: Path
    home: Path
    major: int


def find_java(named: Path | None, uid: int | None, installed: Path = _INSTALLED) -> Java:
    """Return the first suitable Java: `named` (INTERAGENCY_JAVA), JAVA_HOME, PATH, then those of `installed`.

    `uid` is the other user, if any, that must be able to run it. Raises: Configuration, with why each was rejected.
    """
    refused: list[str] = []
    for program in candidates(named, installed):
        result = examine(program, uid)
        if isinstance(result, Java):
            return result
        if program == named:
            raise Configuration(f"INTERAGENCY_JAVA: {result}; {ADVICE}")
        refused.append(result)
    raise Configuration(f"no Java for Elasticsearch ({'; '.join(refused) or 'none is installed'}): {ADVICE}")


def candidates(named: Path | None, installed: Path = _INSTALLED) -> Iterator[Path]:
    """Yield the Java programs to examine, each once, in order; a folder means its `bin/java`."""
    if named:
        yield named
    home, on_path = os.environ.get("JAVA_HOME"), shutil.which("java")
    programs = [Path(home) / "bin/java"] if home else []
    programs += [Path(on_path)] if on_path else []
    # newest name first, since examining one starts a Java
    programs += sorted(installed.glob("*/bin/java"), key=lambda p: _numbers(p.parts[-3]), reverse=True)
    seen: set[Path] = set()
    for program in programs:
        if (real := program.resolve()) not in seen:
            seen.add(real)
            yield program


def _numbers(name: str) -> int:
    return max(map(int, re.findall(r"\d+", name)), default=0)


def examine(program: Path, uid: int | None) -> Java | str:
    """Return the Java at `program`, or a phrase that says why it is unsuitable."""
    if program.is_dir():
        program /= "bin/java"
    try:
        shown = subprocess.run(  # noqa: S603
            [program, "-XshowSettings:properties", "--list-modules"],
            env={"PATH": os.environ.get("PATH", "")},  # JAVA_TOOL_OPTIONS would add to the output
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
        return f"{program} is not Java 9 or later"
    return _judge(Java(program, Path(home[1].strip()), int(base[1])), shown.stdout, uid)


def _judge(java: Java, listing: str, uid: int | None) -> Java | str:
    if java.major < MINIMUM:
        return f"{java.program} is Java {java.major}"
    modules = {line.split("@")[0].strip() for line in listing.splitlines()}
    if lacking := [module for module in MODULES if module not in modules]:
        return f"{java.program} lacks {', '.join(lacking)}"
    if uid is not None and not is_reachable(java.home.resolve()):
        return f"{java.program} is in a folder that only root may enter, and Elasticsearch does not run as root"
    return java
