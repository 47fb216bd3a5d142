"""Where a point lies: side of the border, state, county, what is nearest; from the tables of the map alone.

Coordinates are rounded to 4 decimals first (11 m), so that a result is kept for all reports of one corner: distances
are off by 8 m at most. The side is as good as the map: on the right side at 22 of the 27 ports of entry, which stand on
the bank, at most 0.7 km off at the others.
"""

from functools import lru_cache
from typing import Literal, NamedTuple

from streams.enrich import map_tables

NEAREST_PLACE_M = 50_000
NEAREST_PORT_M = 150_000
NEAREST_BORDER_M = 150_000
_DECIMALS = 4
# Beyond these degrees the border is farther than it is told.
_SOUTH, _NORTH, _WEST, _EAST = 24.0, 35.0, -120.0, -95.0

Side = Literal["US", "MX", "UNKNOWN"]


class Where(NamedTuple):
    """What the tables tell of a point; '' and None where they tell nothing, distances in whole meters."""

    side: Side = "UNKNOWN"
    state: str = ""
    county: str = ""
    nearest: str = ""
    port_of_entry: str = ""
    port_distance_m: int | None = None
    border_distance_m: int | None = None
    sector: str = ""
    corridor: str = ""


def where(lat: float, lon: float) -> Where:
    """Return where a point in degrees WGS 84 lies."""
    return _where(round(lat, _DECIMALS), round(lon, _DECIMALS))


@lru_cache(maxsize=65_536)
def _where(lat: float, lon: float) -> Where:
    side, state, county = _land(lat, lon)
    if not (_SOUTH < lat < _NORTH and _WEST < lon < _EAST):
        return Where(side, state, county)
    place, place_m = map_tables.PLACES_OF[side].nearest(lat, lon)
    near_place = place_m <= NEAREST_PLACE_M
    port, port_m = map_tables.PORTS_OF_ENTRY.nearest(lat, lon)
    near_port = port_m <= NEAREST_PORT_M
    border_m = map_tables.BORDER.distance_m(lat, lon)
    near_border = border_m <= NEAREST_BORDER_M
    return Where(
        side=side,
        state=state or (place.group if side == "MX" and near_place else ""),
        county=county,
        nearest=place.name if near_place else "",
        port_of_entry=port.name if near_port else "",
        port_distance_m=round(port_m) if near_port else None,
        border_distance_m=round(border_m) if near_border else None,
        sector=map_tables.STATIONS_OF_PATROL.nearest(lat, lon)[0].group if side == "US" and near_border else "",
        corridor=port.group if near_port else "",
    )


def _land(lat: float, lon: float) -> tuple[Side, str, str]:
    """Return side, state and US county; counties are known in the border states."""
    if (county := map_tables.COUNTIES.around(lat, lon)) is not None:
        return "US", county["state"], county["name"]
    if (state := map_tables.STATES.around(lat, lon)) is not None:
        return "US", state["code"], ""
    return ("MX" if map_tables.MEXICO.around(lat, lon) is not None else "UNKNOWN"), "", ""
