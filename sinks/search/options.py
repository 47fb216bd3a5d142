"""What the reading commands are given, as values: pure. A bad option is a ValueError that says how to write it."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from schemas.folding import fold
from sinks.search.arguments import agency, plain, quoted
from sinks.search.query import MOST_HITS, SIDES, SORTS, TRAFFIC, Place, Query

DEFAULT_WITHIN = "5km"
_METRES = {"m": 1.0, "km": 1000.0, "mi": 1609.344}
_DISTANCE = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?) ?(?P<unit>m|km|mi)", re.IGNORECASE)
_FARTHEST_M = 20_037_508.0
_LATEST = datetime.max.replace(tzinfo=UTC)
MOST_TEXT = 1_000
MOST_WORDS = 100
MOST_PREFIXES = 10
"""Each is searched for as up to 35 words."""
MOST_OFFENSE = 100
MOST_AREA = 100
MOST_AGENCIES = 1_000
MOST_PLATE = 16
"""Beyond, Elasticsearch takes half a minute or more for the ? of a plate, or refuses."""


def distance(text: str) -> float:
    """Read a distance in metres: `800m`, `5km`, `3mi`."""
    found = _DISTANCE.fullmatch(text.strip())
    metres = float(found["number"]) * _METRES[found["unit"].lower()] if found else 0.0
    if not 0 < metres <= _FARTHEST_M:
        raise ValueError(f"{quoted(text)} is no distance: write it as 800m, 5km or 3mi")
    return metres


def place(near: str, within: str) -> Place:
    """Read a circle: `31.77,-106.48` and a distance."""
    try:
        lat, lon = (float(part) for part in near.split(","))
    except ValueError as exc:
        raise ValueError(f"{quoted(near)} is no place: write latitude,longitude, as 31.77,-106.48") from exc
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"{quoted(near)} is no place: latitude is -90 to 90, longitude -180 to 180")
    return Place(lat, lon, distance(within))


def instant(text: str, last: bool = False, zone: tzinfo = UTC) -> datetime:
    """Read a date or time, of `zone` unless it tells an offset; `last`: of a date, the first instant after it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        return _LATEST if last and day == date.max else datetime.combine(day + timedelta(days=last), time(), zone)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise ValueError(f"{quoted(text)} is no time: write 2026-01-04 or 2026-01-04T17:50:00-07:00") from exc
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _check(sort: str, near: str | None, traffic: str, side: str, limit: int) -> None:
    if sort not in SORTS or (sort == "nearest" and near is None):
        raise ValueError(f"--sort is one of {', '.join(SORTS)}; nearest needs --near LAT,LON")
    if traffic.lower() not in TRAFFIC:
        raise ValueError(f"--traffic is one of {', '.join(TRAFFIC)}")
    if side and side.upper() not in SIDES:
        raise ValueError(f"--side is one of {', '.join(SIDES)}")
    if not 0 <= limit <= MOST_HITS:
        raise ValueError(f"--limit is 0 to {MOST_HITS}")


def _plate(text: str) -> str:
    """Write a plate as the index has it: upper case letters and figures, '?' for what was not read."""
    made = "".join(one for one in fold(plain(text)).upper() if one.isalnum() or one == "?")
    if text and (not made.strip("?") or len(made) > MOST_PLATE):
        raise ValueError(f"--plate {quoted(text)}: a plate has 1 to {MOST_PLATE} letters and figures, ? for one unread")
    return made


def _words(text: str) -> str:
    """Check the words to search for; what stands between lines is one text."""
    told = " ".join(plain(text.replace("\t", " ").replace("\n", " ").replace("\r", " "), MOST_TEXT).split(" "))
    if len(told.split()) > MOST_WORDS or told.count("*") > MOST_PREFIXES:
        raise ValueError(f"TEXT has at most {MOST_WORDS} words, and {MOST_PREFIXES} of them with a *")
    return told


def _named(option: str, text: str, most: int) -> str:
    try:
        told = plain(text, most).strip()
    except ValueError as exc:
        raise ValueError(f"{option}: {exc}") from None
    if text and not told:
        raise ValueError(f"{option} names nothing")
    return told


def _agencies(names: Sequence[str]) -> tuple[str, ...]:
    if len(names) > MOST_AGENCIES:
        raise ValueError(f"at most {MOST_AGENCIES:,} of --agency")
    return tuple(map(agency, names))


def query(
    text: str,
    near: str | None,
    within: str | None,
    since: str | None,
    until: str | None,
    offense: str,
    agencies: Sequence[str],
    side: str,
    corridor: str,
    county: str,
    plate: str,
    traffic: str,
    cancelled: bool,
    sort: str,
    limit: int,
) -> Query:
    """Make a query of the options of `search`. Raises: ValueError saying which option is wrong, and how to write it."""
    if within is not None and near is None:
        raise ValueError("--within needs --near LAT,LON")
    _check(sort, near, traffic, side, limit)
    made = Query(
        text=_words(text),
        near=None if near is None else place(near, DEFAULT_WITHIN if within is None else within),
        since=instant(since) if since is not None else None,
        until=instant(until, last=True) if until is not None else None,
        offense=_named("--offense", offense, MOST_OFFENSE),
        agencies=_agencies(agencies),
        side=side.upper(),
        corridor=_named("--corridor", corridor, MOST_AREA),
        county=_named("--county", county, MOST_AREA),
        plate=_plate(plate),
        traffic=traffic.lower(),
        cancelled=cancelled,
        sort=sort,
        limit=limit,
    )
    if made.since and made.until and made.since >= made.until:
        raise ValueError("--from is not before --to")
    return made
