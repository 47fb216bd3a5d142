"""Install a verified file in a folder: unpack archives, and set modes that do not depend on the caller's umask."""

import shutil
import tarfile
import zipfile
from pathlib import Path


def lay_out(name: str, file: Path, folder: Path) -> None:
    """Install `file`, published as `name`, in `folder`, readable for another user."""
    if name.endswith(".tar.gz"):
        with tarfile.open(file) as archive:
            # an attribute, since the argument came with Python 3.11.4 and Debian 12 has 3.11.2
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(folder)  # noqa: S202 (its hash is pinned)
    elif name.endswith(".zip"):
        _unzip(file, folder)
    else:
        shutil.copyfile(file, folder / name)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _unzip(file: Path, folder: Path) -> None:
    """Unpack without the single top folder."""
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)  # noqa: S202 (its hash is pinned)
        for entry in archive.infolist():
            # zipfile drops file modes, and the launcher must be executable
            if entry.external_attr >> 16 & 0o100:
                (folder / entry.filename).chmod(0o755)
    (inner,) = folder.iterdir()
    for path in inner.iterdir():
        path.rename(folder / path.name)
    inner.rmdir()
