"""The folders of one home, and the record of the services that run for it."""

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deploy.embedded.processes import Identity
from deploy.installation.os_user import elasticsearch_folder, elasticsearch_install, elasticsearch_uid, make_passable
from schemas.runtime.settings import Settings

# what `up --fresh` deletes: the services' data and what the workers derived from it
_STATE = ("kafka", "registry", "state", "spool", "secrets")
_OWN = ("run", "logs", "tmp")


@dataclass(frozen=True, slots=True)
class Home:
    """One home: its root, the folder of Elasticsearch's state, and the uid of Elasticsearch (None: the caller's)."""

    root: Path
    elasticsearch: Path
    uid: int | None

    @property
    def run(self) -> Path:
        """Return the folder of pids, ports and locks."""
        return self.root / "run"

    @property
    def record_file(self) -> Path:
        """Return the file of the running processes: read by every command, written by the supervisor alone."""
        return self.run / "services.json"

    @property
    def endpoints_file(self) -> Path:
        """Return the file of the endpoints: written when all services are healthy, removed when they stop."""
        return self.root / "endpoints.json"

    @property
    def ports_file(self) -> Path:
        """Return the file of the ports last used."""
        return self.run / "ports.json"

    def log(self, name: str) -> Path:
        """Return the log file of one service or of the supervisor."""
        return self.root / "logs" / f"{name}.log"

    def create(self) -> None:
        """Create the folders, for their owner only; Elasticsearch's user may pass through the root."""
        if self.uid is None:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        else:
            make_passable(self.root)
        for name in (*_OWN, *_STATE):
            (self.root / name).mkdir(exist_ok=True, mode=0o700)
        make_passable(self.elasticsearch)
        (self.elasticsearch / "home").write_text(f"{self.root}\n")

    def empty(self) -> None:
        """Delete the services' data and the workers' state, but not logs, downloads and ports."""
        for name in _STATE:
            shutil.rmtree(self.root / name, ignore_errors=True)
        shutil.rmtree(self.elasticsearch, ignore_errors=True)
        self.create()

    def empty_temporary(self) -> None:
        """Delete the native libraries that killed services left unpacked; only while no service runs."""
        shutil.rmtree(self.root / "tmp", ignore_errors=True)
        self.create()

    def remove(self) -> None:
        """Delete the home, and its data outside of it."""
        shutil.rmtree(self.elasticsearch, ignore_errors=True)
        shutil.rmtree(self.root, ignore_errors=True)


def home_of(settings: Settings) -> Home:
    """Return the home of the settings; create nothing.

    Raises: Configuration when Elasticsearch cannot be run by this user.
    """
    root, uid = settings.home.absolute(), elasticsearch_uid()
    return Home(root, elasticsearch_folder(root, uid), uid)


def install_folder(settings: Settings, home: Home) -> Path | None:
    """Return the folder where Elasticsearch is installed, None for the cache."""
    return elasticsearch_install(settings.cache.absolute(), home.uid)


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """One service as the supervisor last saw it. `processes` begins with the one that it started; times in seconds.

    `since` is when the service began to start, died or became ready, in seconds after boot; `doing` describes the
    progress of its start.
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
class SupervisorRecord:
    """The content of `services.json`; `phase` is starting, ready, stopping or failed, `owner` the pid it ends with."""

    supervisor: Identity
    phase: str
    owner: int | None = None
    error: str = ""
    services: tuple[ServiceRecord, ...] = field(default=())

    def write(self, path: Path) -> None:
        """Write it as a whole or not at all."""
        staged = path.with_suffix(".tmp")
        staged.write_text(json.dumps(asdict(self), indent=2) + "\n")
        staged.replace(path)


def read_record(path: Path) -> SupervisorRecord | None:
    """Return the record, or None; a damaged file counts as none, since it proves nothing."""
    try:
        fields: dict[str, Any] = json.loads(path.read_text())
        services = tuple(
            ServiceRecord(**(row | {"processes": tuple(Identity(**process) for process in row["processes"])}))
            for row in fields.pop("services")
        )
        return SupervisorRecord(supervisor=Identity(**fields.pop("supervisor")), services=services, **fields)
    except (OSError, ValueError, TypeError, KeyError):
        return None
