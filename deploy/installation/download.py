"""One file by its coordinate from the public repository of Java artifacts, and the progress of all on a terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
from rich.progress import Progress as Bar

from schemas.errors import Transient

# bytes that arrived since the last call; negative when an attempt is thrown away
Progress = Callable[[int], None]

_TRIES = 3
_PAUSE_S = 2.0
_TIMEOUT_S = 15


def from_central(coordinate: str, staging: Path, progress: Progress) -> Path:
    """Fetch one file into `staging` and give its path; nothing about its content has been verified.

    Raises: Transient when it cannot be had after three tries; OSError when it cannot be written.
    """
    # 0.3 s of imports that a start with a full cache does not need
    from jgo.maven import MavenContext, PythonResolver

    arrived = 0

    def advance(count: int) -> None:
        nonlocal arrived
        arrived += count
        progress(count)

    resolver = PythonResolver(progress_callback=lambda _name, _size: _passing(advance))
    context = MavenContext(resolver=resolver, repo_cache=staging / "repository", timeout=_TIMEOUT_S)
    group, artifact, version, classifier, packaging = (*coordinate.split(":"), "", "")[:5]
    wanted = context.project(group, artifact).at_version(version).artifact(classifier, packaging or "jar")
    for attempt in range(1, _TRIES + 1):
        try:
            return Path(wanted.resolve())
        except (OSError, RuntimeError) as exc:  # requests' errors are OSErrors; "not found" is a bare RuntimeError
            if isinstance(exc, OSError) and exc.errno:
                raise  # of this machine's disk: requests' own carry no number
            Path(wanted.cached_path).unlink(missing_ok=True)
            progress(-arrived)
            arrived = 0
            if attempt == _TRIES:
                raise Transient(
                    f"{wanted.filename} cannot be fetched ({type(exc).__name__}): {_question(exc)} "
                    "What has been verified before is kept; repeat the command later"
                ) from exc
            time.sleep(_PAUSE_S * attempt)
    raise AssertionError("unreachable")


def _question(error: Exception) -> str:
    if type(error).__name__ == "SSLError":
        return "does a proxy of yours sign with its own certificate? Name that in REQUESTS_CA_BUNDLE."
    return "is the network there?"


@contextmanager
def _passing(advance: Progress) -> Iterator[Progress]:
    yield advance


@contextmanager
def shown(console: Console | None, total: int) -> Iterator[Progress]:
    """Show the progress of `total` bytes on standard error: a bar on a terminal, else a line per fifth."""
    out = console or Console(stderr=True)
    if not total:
        yield lambda _count: None
    elif out.is_terminal:
        columns = (TextColumn("fetching Kafka, registry, Elasticsearch"), BarColumn(), DownloadColumn())
        with Bar(*columns, TransferSpeedColumn(), console=out, transient=True) as bar:
            task = bar.add_task("", total=total)
            yield lambda count: bar.advance(task, count)
    else:
        yield _lines(out, total)


def _lines(out: Console, total: int) -> Progress:
    done, told = 0, 0
    out.print(f"fetching Kafka, registry and Elasticsearch, {total / 1e6:.0f} MB, once", highlight=False)

    def advance(count: int) -> None:
        nonlocal done, told
        done += count
        if done * 5 // total > told:
            told = done * 5 // total
            out.print(f"  {told * 20} %", highlight=False)

    return advance
