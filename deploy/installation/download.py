"""Download a file by its coordinate from the public Maven repository, and show the progress of all downloads."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
from rich.progress import Progress as Bar

from schemas.errors import Transient

# bytes received since the last call; negative when an attempt is discarded
Progress = Callable[[int], None]

_TRIES = 3
_PAUSE_S = 2.0
_TIMEOUT_S = 15


def from_central(coordinate: str, staging: Path, progress: Progress) -> Path:
    """Download one file into `staging` and return its path; its content is not verified.

    Raises: Transient when three attempts fail; OSError when it cannot be written.
    """
    # 0.3 s of imports that a start with a full cache avoids
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
                    f"{wanted.filename} cannot be downloaded ({type(exc).__name__}): {_network_hint(exc)} "
                    "Verified files are kept; run the command again later"
                ) from exc
            time.sleep(_PAUSE_S * attempt)
    raise AssertionError("unreachable")


def _network_hint(error: Exception) -> str:
    if type(error).__name__ == "SSLError":
        return "does your proxy sign with its own certificate? Name it in REQUESTS_CA_BUNDLE."
    return "is the network available?"


@contextmanager
def _passing(advance: Progress) -> Iterator[Progress]:
    yield advance


@contextmanager
def show_progress(console: Console | None, total: int) -> Iterator[Progress]:
    """Show the progress of `total` bytes on `console` (standard error): a bar on a terminal, else a line per fifth."""
    out = console or Console(stderr=True)
    if not total:
        yield lambda _count: None
    elif out.is_terminal:
        columns = (TextColumn("downloading Kafka, registry, Elasticsearch"), BarColumn(), DownloadColumn())
        with Bar(*columns, TransferSpeedColumn(), console=out, transient=True) as bar:
            task = bar.add_task("", total=total)
            yield lambda count: bar.advance(task, count)
    else:
        yield _lines(out, total)


def _lines(out: Console, total: int) -> Progress:
    done, shown = 0, 0
    out.print(f"downloading Kafka, registry and Elasticsearch, {total / 1e6:.0f} MB, once", highlight=False)

    def advance(count: int) -> None:
        nonlocal done, shown
        done += count
        if done * 5 // total > shown:
            shown = done * 5 // total
            out.print(f"  {shown * 20} %", highlight=False)

    return advance
