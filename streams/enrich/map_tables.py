"""The tables of the map, loaded: states, counties, Mexico, the border line, places, ports of entry, stations."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import orjson

from schemas.errors import Configuration
from schemas.tables.reader import read_table
from streams.enrich.geometry import Areas, Line, Spot, Spots

PLACES = ("geonameid", "name", "state", "lat", "lon", "source", "verified")
PORTS = ("code", "name", "state", "lat", "lon", "mexican_side", "corridor", "source", "edition", "verified")
STATIONS = ("sector", "sector_name", "city", "state", "lat", "lon", "source", "edition", "verified")
CORRIDORS = ("corridor", "us", "mexico", "source", "verified")


def features(name: str) -> list[Any]:
    """Read a map of the tables, which tells its source. Raises: Configuration naming the file."""
    geojson = orjson.loads(files("schemas.tables").joinpath(name).read_bytes())
    if not geojson.get("source"):
        raise Configuration(f"{name}: a map has to name its source")
    return list(geojson["features"])


def spots(name: str, columns: Sequence[str], named: str, group: str) -> list[Spot]:
    """Read a table of points. Raises: Configuration naming file and line."""
    points = []
    for line, row in read_table(name, columns):
        try:
            points.append(Spot(row[named], row[group], float(row["lat"]), float(row["lon"])))
        except ValueError as exc:
            raise Configuration(f"{name}, line {line}: lat and lon are degrees") from exc
    return points


COUNTIES = Areas(features("us_counties.geojson"))
STATES = Areas(features("us_states.geojson"))
MEXICO = Areas(features("mexico.geojson"))
BORDER = Line(features("border_line.geojson")[0]["geometry"])

_ALL = spots("places.csv", PLACES, "name", "state")
PLACES_OF = {
    "US": Spots([spot for spot in _ALL if spot.group.startswith("US-")]),
    "MX": Spots([spot for spot in _ALL if spot.group.startswith("MX-")]),
    "UNKNOWN": Spots(_ALL),
}
PORT_OF = {spot.name: spot for spot in spots("ports.csv", PORTS, "code", "corridor")}
PORTS_OF_ENTRY = Spots(list(PORT_OF.values()))
STATIONS_OF_PATROL = Spots(spots("stations.csv", STATIONS, "city", "sector"))
CORRIDOR_NAMES = frozenset(row["corridor"] for _, row in read_table("corridors.csv", CORRIDORS))
