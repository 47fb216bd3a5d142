"""The services' files as they must be: coordinates, sizes and hashes, read from `artifacts.toml`."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

PINS = Path(__file__).with_name("artifacts.toml")


@dataclass(frozen=True, slots=True)
class Pin:
    """One file as it must be: coordinate `group:artifact:version[:classifier[:packaging]]`, bytes, SHA-256 in hex."""

    coordinate: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name, the same in every repository."""
        _, artifact, version, classifier, packaging = (*self.coordinate.split(":"), "", "")[:5]
        return "-".join(filter(None, [artifact, version, classifier])) + f".{packaging or 'jar'}"


@dataclass(frozen=True, slots=True)
class Part:
    """One service's files."""

    name: str
    version: str
    files: tuple[Pin, ...]

    @property
    def folder(self) -> str:
        """Its folder's name, which differs as soon as any pin does."""
        digest = hashlib.sha256("".join(pin.sha256 for pin in self.files).encode()).hexdigest()
        return f"{self.name}-{self.version}-{digest[:8]}"


def pinned(pins: Path = PINS) -> list[Part]:
    """Read the pins."""
    tables = tomllib.loads(pins.read_text())
    return [Part(name, table["version"], tuple(Pin(**row) for row in table["files"])) for name, table in tables.items()]
