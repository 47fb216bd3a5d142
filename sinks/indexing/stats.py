"""The metrics of one sink process, in documents and in indices created or found; pure."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class IndexMetrics:
    """Counts since this process started. Whether a reader can find what was indexed, only a reader can tell."""

    indexed: int = 0
    stale: int = 0
    rejected: int = 0
    indices: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the metrics as they are written to the file."""
        return asdict(self)
