"""What one sink did, counted in documents and in indices that it made or found; pure."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class Figures:
    """What this process did since it started. Whether a reader finds what was indexed, only a reader can tell."""

    indexed: int = 0
    stale: int = 0
    rejected: int = 0
    indices: int = 0

    def told(self) -> dict[str, Any]:
        """Return them as they stand in the file."""
        return asdict(self)
