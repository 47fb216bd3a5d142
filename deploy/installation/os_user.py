"""The user that Elasticsearch runs as when the caller is root, and the folders that this user can reach.

Elasticsearch refuses to run as root. It then runs under a uid of its own without an entry in the password file: unlike
`nobody`, no other service has that uid, so none can read the indexed reports.
"""

import hashlib
import os
import pwd
from pathlib import Path

from schemas.errors import Configuration

# 9200 is Elasticsearch's port; above the uids that distributions assign to people, below systemd's dynamic users
_FIRST_UID = 59200
_LAST_UID = 59299

SHARED = Path("/var/lib/interagency-es")


def elasticsearch_uid() -> int | None:
    """Return the uid (and gid) for Elasticsearch, or None when it can run as the caller.

    Raises: Configuration when root has no other uid here, as in some containers.
    """
    if os.geteuid() != 0:
        return None
    for uid in range(_FIRST_UID, _LAST_UID + 1):
        if not _named(uid):
            if not _mapped(uid):
                break
            return uid
    raise Configuration(
        f"Elasticsearch refuses root, and root here cannot become uid {_FIRST_UID}: run as an ordinary user"
    )


def _named(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _mapped(uid: int) -> bool:
    """Return whether a uid exists in this user namespace (user_namespaces(7)); psutil does not offer it."""
    try:
        rows = [list(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    except OSError:
        return True
    return any(first <= uid < first + count for first, _, count in rows)


def is_reachable(path: Path) -> bool:
    """Return whether every user may pass through the existing folders down to `path`."""
    return all(p.stat().st_mode & 0o001 for p in (path, *path.parents) if p.exists())


def make_passable(folder: Path) -> None:
    """Create `folder` and its missing parents so that other users may pass; existing folders keep their mode."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(0o711)


def elasticsearch_folder(home: Path, uid: int | None) -> Path:
    """Return the folder of Elasticsearch's state: in `home`, or under `SHARED` by the hash of the home's path."""
    inside = home / "elasticsearch"
    if uid is None:
        return inside
    outside = SHARED / hashlib.sha256(str(home).encode()).hexdigest()[:12]
    # data once created outside stays there, even if the home becomes reachable later
    return inside if is_reachable(home) and not outside.exists() else outside


def elasticsearch_install(cache: Path, uid: int | None) -> Path | None:
    """Return the folder to install Elasticsearch in if the user `uid` cannot reach `cache`, else None."""
    return None if uid is None or is_reachable(cache) else SHARED


def change_owner(folder: Path, uid: int | None) -> None:
    """Make `uid` the owner of `folder` and everything in it, unless it owns the folder already."""
    if uid is None or folder.stat().st_uid == uid:
        return
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent) / name, uid, uid, follow_symlinks=False)
    # last, since the check above looks at the folder itself
    os.chown(folder, uid, uid)
