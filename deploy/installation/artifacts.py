"""The services' files: downloaded once into the cache, compared with the pins of `artifacts.toml`, then installed.

jgo downloads by coordinate but only warns when a checksum differs, and keeps the file; so no file of its is used before
its size and SHA-256 match the pin. A service appears in the cache as a whole, by rename, or not at all.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from filelock import FileLock, Timeout
from rich.console import Console

from deploy.installation.archives import lay_out
from deploy.installation.download import Progress, from_central, show_progress
from deploy.installation.os_user import make_passable
from deploy.installation.pins import Part, Pin, read_pins
from schemas.errors import Configuration, Transient

_LISTING = "installed.json"
_LOCK_S = 900.0


@dataclass(frozen=True, slots=True)
class Installed:
    """The folders of the three services, complete and verified."""

    kafka: Path
    registry: Path
    elasticsearch: Path


Fetcher = Callable[[str, Path, Progress], Path]


def is_installed(place: Path) -> bool:
    """Return whether `place` has every installed file in its size; hashing 300 MB would take too long."""
    try:
        listing: dict[str, int] = dict(json.loads((place / _LISTING).read_text()))
        return bool(listing) and all((place / name).stat().st_size == size for name, size in listing.items())
    except (OSError, ValueError, TypeError):
        return False


def missing(cache: Path, elasticsearch_in: Path | None = None, parts: list[Part] | None = None) -> list[Part]:
    """Return the services that `fetch` would have to install."""
    wanted = read_pins() if parts is None else parts
    return [part for part in wanted if not is_installed(_place(part, cache, elasticsearch_in))]


def fetch(
    cache: Path,
    elasticsearch_in: Path | None = None,
    console: Console | None = None,
    fetcher: Fetcher = from_central,
    parts: list[Part] | None = None,
) -> Installed:
    """Install what is missing, with progress on `console` (default: standard error); return the folders.

    `elasticsearch_in` replaces `cache` for the one service that may run as another user.

    Raises: Configuration when a file does not match its pin or cannot be written; Transient when the network or the
    lock is not available.
    """
    wanted = read_pins() if parts is None else parts
    places = {part.name: _place(part, cache, elasticsearch_in) for part in wanted}
    if missing(cache, elasticsearch_in, wanted):
        try:
            make_passable(cache)
            with FileLock(cache / "fetch.lock", timeout=_LOCK_S), _staging(cache) as staging:
                to_install = missing(cache, elasticsearch_in, wanted)
                with show_progress(console, sum(pin.size for part in to_install for pin in part.files)) as progress:
                    _install(to_install, places, staging, fetcher, progress)
        except Timeout as exc:
            raise Transient(f"another command has been fetching into {cache} for {_LOCK_S:.0f} s") from exc
        except OSError as exc:
            raise Configuration(f"the services cannot be installed in {cache}: {exc}") from exc
    return Installed(**places)


def _place(part: Part, cache: Path, elasticsearch_in: Path | None) -> Path:
    return (elasticsearch_in if elasticsearch_in and part.name == "elasticsearch" else cache) / part.folder


@contextmanager
def _staging(cache: Path) -> Iterator[Path]:
    """Yield an empty folder; delete those of killed runs first, which is safe under the lock."""
    for left in cache.glob("staging-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(mkdtemp(prefix="staging-", dir=cache))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _install(parts: list[Part], places: dict[str, Path], staging: Path, fetcher: Fetcher, progress: Progress) -> None:
    kept = staging.parent / "verified"
    kept.mkdir(exist_ok=True)
    with ThreadPoolExecutor(max_workers=8) as threads:
        # largest first, so that the archives, most of the bytes, do not finish last
        pins = sorted((pin for part in parts for pin in part.files), key=lambda pin: -pin.size)
        running = {pin: threads.submit(_fetch_verified, pin, staging, kept, fetcher, progress) for pin in pins}
        try:
            files = {pin: future.result() for pin, future in running.items()}
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
    for part in parts:
        _put(part, files, places[part.name])
    shutil.rmtree(kept)


def _fetch_verified(pin: Pin, staging: Path, kept: Path, fetcher: Fetcher, progress: Progress) -> Path:
    """Return the verified file; one verified by an interrupted run is not downloaded again."""
    target = kept / pin.sha256
    if target.exists() and not _difference(pin, target):
        progress(pin.size)
        return target
    file = fetcher(pin.coordinate, staging, progress)
    if difference := _difference(pin, file):
        # this error deletes the staging folder, and the file with it
        raise Configuration(f"{pin.name} is not the pinned file ({difference}); it was deleted, nothing of it is used")
    file.replace(target)
    return target


def _difference(pin: Pin, file: Path) -> str:
    """Return a phrase that says how `file` differs from its pin; '' when it matches."""
    if (size := file.stat().st_size) != pin.size:
        return f"{size} bytes instead of {pin.size}"
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return "" if digest == pin.sha256 else f"SHA-256 {digest}"


def _put(part: Part, files: dict[Pin, Path], place: Path) -> None:
    """Install the files in a folder beside `place`, and rename it."""
    make_passable(place.parent)
    staged = Path(mkdtemp(prefix="staging-", dir=place.parent))
    for pin in part.files:
        lay_out(pin.name, files[pin], staged)
    (staged / _LISTING).write_text(
        json.dumps({str(f.relative_to(staged)): f.stat().st_size for f in sorted(staged.rglob("*")) if f.is_file()})
    )
    (staged / _LISTING).chmod(0o644)
    staged.chmod(0o755)
    if is_installed(place):
        # installed by a command with another cache, whose services may already use it
        shutil.rmtree(staged)
        return
    if place.exists():
        shutil.rmtree(place)
    staged.rename(place)
