"""The folders of one home, and what is written down about the services that run for it."""

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deploy.embedded.processes import Identity
from deploy.installation.os_user import account, elasticsearch_folder, elasticsearch_install, make_passable
from schemas.runtime.settings import Settings

# what `up --fresh` empties: the services' data and what the workers derived from it
_STATE = ("kafka", "registry", "state", "spool", "secrets")
_OWN = ("run", "logs", "tmp")


@dataclass(frozen=True, slots=True)
class Home:
    """One home: `root`, where Elasticsearch keeps its state, and as which user (None: the caller's)."""

    root: Path
    elasticsearch: Path
    uid: int | None

    @property
    def run(self) -> Path:
        """Pids, ports, locks."""
        return self.root / "run"

    @property
    def record_file(self) -> Path:
        """Who runs: read by every command, written by the supervisor alone."""
        return self.run / "services.json"

    @property
    def endpoints_file(self) -> Path:
        """Written when all services are healthy, removed when they stop."""
        return self.root / "endpoints.json"

    @property
    def ports_file(self) -> Path:
        """The ports last used."""
        return self.run / "ports.json"

    def log(self, name: str) -> Path:
        """Give the log of one service or of the supervisor."""
        return self.root / "logs" / f"{name}.log"

    def create(self) -> None:
        """Make the folders: what they hold is for their owner only; Elasticsearch's user may pass through the root."""
        if self.uid is None:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        else:
            make_passable(self.root)
        for name in (*_OWN, *_STATE):
            (self.root / name).mkdir(exist_ok=True, mode=0o700)
        make_passable(self.elasticsearch)
        (self.elasticsearch / "home").write_text(f"{self.root}\n")

    def empty(self) -> None:
        """Delete the services' data and the workers' state; logs, downloads and ports stay."""
        for name in _STATE:
            shutil.rmtree(self.root / name, ignore_errors=True)
        shutil.rmtree(self.elasticsearch, ignore_errors=True)
        self.create()

    def empty_temporary(self) -> None:
        """Delete the native libraries that killed services unpacked; only while none runs."""
        shutil.rmtree(self.root / "tmp", ignore_errors=True)
        self.create()

    def remove(self) -> None:
        """Delete the home, and what lies outside of it."""
        shutil.rmtree(self.elasticsearch, ignore_errors=True)
        shutil.rmtree(self.root, ignore_errors=True)


def home_of(settings: Settings) -> Home:
    """Give the home that the settings name; nothing is created.

    Raises: Configuration when Elasticsearch cannot be run by this user.
    """
    root, uid = settings.home.absolute(), account()
    return Home(root, elasticsearch_folder(root, uid), uid)


def install_folder(settings: Settings, home: Home) -> Path | None:
    """Give where Elasticsearch is installed if not in the cache."""
    return elasticsearch_install(settings.cache.absolute(), home.uid)


@dataclass(frozen=True, slots=True)
class Running:
    """One service as the supervisor last saw it. `processes` begins with the one it started; times in seconds.

    `since` is when it began to start, or died, or was ready, in seconds after boot; `doing` is what its start does.
    """

    name: str
    port: int
    state: str
    data: str
    log: str
    processes: tuple[Identity, ...] = ()
    restarts: int = 0
    ready_s: float | None = None
    since: float = 0.0
    doing: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What `services.json` says; phase is starting, ready, stopping or failed, `owner` the pid that all ends with."""

    supervisor: Identity
    phase: str
    owner: int | None = None
    error: str = ""
    services: tuple[Running, ...] = field(default=())

    def write(self, path: Path) -> None:
        """Write whole or not at all."""
        staged = path.with_suffix(".tmp")
        staged.write_text(json.dumps(asdict(self), indent=2) + "\n")
        staged.replace(path)


def read_record(path: Path) -> Record | None:
    """Give what is written down, or None; a broken file counts as none, for nothing can be proved by it."""
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        services = tuple(
            Running(**(row | {"processes": tuple(Identity(**who) for who in row["processes"])}))
            for row in found.pop("services")
        )
        return Record(supervisor=Identity(**found.pop("supervisor")), services=services, **found)
    except (OSError, ValueError, TypeError, KeyError):
        return None
