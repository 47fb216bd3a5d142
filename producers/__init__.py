"""From an agency's feed to its topic: a dispatch vendor's own code needs `Publisher` and `Report`.

from producers import Publisher, Rejected, Report

with Publisher("calexico_pd") as feed:
    answer = feed.send(Report(source_id="26-004711", version=1, occurred_at=datetime.now(UTC), address="2ND ST"))
    if isinstance(answer, Rejected):
        ...  # nothing was sent; see its `field`, `reason`, `detail` and `hint`
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from producers.publisher import Accepted, Outcome, Publisher
    from producers.validation.report import Handling, Report
    from schemas.errors import Rejected

_MODULES = {
    "Accepted": "producers.publisher",
    "Handling": "producers.validation.report",
    "Outcome": "producers.publisher",
    "Publisher": "producers.publisher",
    "Rejected": "schemas.errors",
    "Report": "producers.validation.report",
}
__all__ = ["Accepted", "Handling", "Outcome", "Publisher", "Rejected", "Report"]


def __getattr__(name: str) -> Any:
    """Import on first use: the command line imports this package, and codecs are not needed for `--help`."""
    if name not in _MODULES:
        raise AttributeError(name)
    return getattr(import_module(_MODULES[name]), name)
