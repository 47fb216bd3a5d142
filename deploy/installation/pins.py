"""The pinned files of the services: coordinates, sizes and hashes, from `artifacts.toml`."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

PINS = Path(__file__).with_name("artifacts.toml")


@dataclass(frozen=True, slots=True)
class Pin:
    """One pinned file: coordinate `group:artifact:version[:classifier[:packaging]]`, bytes, SHA-256 in hex."""

    coordinate: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """Return the file's name, the same in every Maven repository."""
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
        """Return the name of its folder, which changes when any pin does."""
        digest = hashlib.sha256("".join(pin.sha256 for pin in self.files).encode()).hexdigest()
        return f"{self.name}-{self.version}-{digest[:8]}"


def read_pins(pins: Path = PINS) -> list[Part]:
    """Return the services and their pinned files. Raises: ValueError, KeyError, TypeError for a malformed file."""
    tables = tomllib.loads(pins.read_text())
    return [Part(name, table["version"], tuple(Pin(**row) for row in table["files"])) for name, table in tables.items()]
