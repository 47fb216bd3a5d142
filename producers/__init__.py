"""Agency feed -> topic: `Publisher` and `Report` are what a dispatch vendor's own code needs.

from producers import Publisher, Report

with Publisher("calexico_pd") as feed:
    feed.send(Report(source_id="26-004711", version=1, occurred_at=datetime.now(UTC), address="2ND ST"))
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from producers.publish import Accepted, Outcome, Publisher
    from producers.report import Handling, Report

__all__ = ["Accepted", "Handling", "Outcome", "Publisher", "Report"]


def __getattr__(name: str) -> Any:
    """Import on first use: the command line imports this package, and codecs are not needed for `--help`."""
    if name not in __all__:
        raise AttributeError(name)
    from producers import publish, report

    return getattr(report if name in ("Handling", "Report") else publish, name)
