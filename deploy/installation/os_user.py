"""As root, the user that Elasticsearch runs as, and the places that this user can reach.

Elasticsearch refuses root. It then runs under a uid of its own without an entry in the password file: unlike
`nobody`, no other service has that uid, so none can read the reports that are indexed.
"""

import hashlib
import os
import pwd
from pathlib import Path

from schemas.errors import Configuration

# 9200 is Elasticsearch's port; above what distributions hand out to people, below systemd's dynamic users
_FIRST_UID = 59200
_LAST_UID = 59299

SHARED = Path("/var/lib/interagency-es")


def account() -> int | None:
    """Give the uid (and gid) for Elasticsearch, or None when this process may run it as itself.

    Raises: Configuration when this root has no other uid to give, as in some containers.
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
    """In a user namespace only mapped uids exist."""
    try:
        rows = [list(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    except OSError:
        return True
    return any(first <= uid < first + count for first, _, count in rows)


def reachable(path: Path) -> bool:
    """Tell whether any user may pass through every folder down to `path`, as far as it exists."""
    return all(p.stat().st_mode & 0o001 for p in (path, *path.parents) if p.exists())


def make_passable(folder: Path) -> None:
    """Make `folder`, and what is missing above it, so that other users may pass; what exists keeps its mode."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(0o711)


def elasticsearch_folder(home: Path, uid: int | None) -> Path:
    """Give the folder for Elasticsearch's own state: in `home`, else under `SHARED` by the hash of the home's path."""
    inside = home / "elasticsearch"
    if uid is None:
        return inside
    outside = SHARED / hashlib.sha256(str(home).encode()).hexdigest()[:12]
    # what was once laid outside stays there, even if the home is opened later
    return inside if reachable(home) and not outside.exists() else outside


def elasticsearch_install(cache: Path, uid: int | None) -> Path | None:
    """Give the folder to install Elasticsearch in where its user cannot reach `cache`, else None."""
    return None if uid is None or reachable(cache) else SHARED


def hand_over(folder: Path, uid: int | None) -> None:
    """Make `folder` and all in it the property of `uid`; nothing to do when it is already."""
    if uid is None or folder.stat().st_uid == uid:
        return
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent) / name, uid, uid, follow_symlinks=False)
    # last: the check above looks at it
    os.chown(folder, uid, uid)
