"""Invented profiles in a line."""

from typing import Any

from streams.dedupe.profile import Profile

NOON = 1_767_614_400


def profile(report_id: str = "a_pd:1", **changes: Any) -> Profile:
    """A profile that tells a time and a place and nothing else."""
    nothing: tuple[str, ...] = ()
    made = Profile(
        report_id=report_id,
        agency_id=report_id.partition(":")[0],
        traffic="ACTUAL",
        start=NOON,
        width=60,
        lat=32.67,
        lon=-115.49,
        precision="GPS",
        concept="",
        family="",
        corridor="calexico-mexicali",
        language="en",
        streets=nothing,
        number=-1,
        route="",
        route_km=None,
        plates=nothing,
        vehicles=nothing,
        persons=nothing,
        units=nothing,
        references=nothing,
        words=nothing,
        duplicate=False,
        injury="",
        heading_deg=None,
        handover_to="",
    )
    return made._replace(**changes)
