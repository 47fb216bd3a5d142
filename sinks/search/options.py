"""The options of a search, checked and turned into a query; pure. A ValueError says how to write a bad one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from schemas.folding import fold
from sinks.search.arguments import agency, plain, quoted
from sinks.search.query import MOST_HITS, SIDES, SORTS, TRAFFIC, Place, Query

DEFAULT_WITHIN = "5km"
_METERS = {"m": 1.0, "km": 1000.0, "mi": 1609.344}
_DISTANCE = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?) ?(?P<unit>m|km|mi)", re.IGNORECASE)
_FARTHEST_M = 20_037_508.0
_LATEST = datetime.max.replace(tzinfo=UTC)
MOST_TEXT = 1_000
MOST_WORDS = 100
MOST_PREFIXES = 10
"""Each is expanded to up to 35 words."""
MOST_OFFENSE = 100
MOST_AREA = 100
MOST_AGENCIES = 1_000
MOST_PLATE = 16
"""Of a longer plate with ?, Elasticsearch takes half a minute or more, or refuses it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryOptions:
    """The options of `search` as a person writes them: places, distances and times as text, '' for any value."""

    text: str = ""
    near: str | None = None
    within: str | None = None
    since: str | None = None
    until: str | None = None
    offense: str = ""
    agencies: Sequence[str] = ()
    side: str = ""
    corridor: str = ""
    county: str = ""
    plate: str = ""
    traffic: str = "actual"
    cancelled: bool = False
    sort: str = "newest"
    limit: int = 20


def distance(text: str) -> float:
    """Return a distance such as `800m`, `5km` or `3mi` in meters. Raises: ValueError."""
    parts = _DISTANCE.fullmatch(text.strip())
    meters = float(parts["number"]) * _METERS[parts["unit"].lower()] if parts else 0.0
    if not 0 < meters <= _FARTHEST_M:
        raise ValueError(f"{quoted(text)} is not a distance: write it as 800m, 5km or 3mi")
    return meters


def place(near: str, within: str) -> Place:
    """Return the circle around `31.77,-106.48` (degrees, WGS 84) within a distance. Raises: ValueError."""
    try:
        lat, lon = (float(part) for part in near.split(","))
    except ValueError as exc:
        raise ValueError(f"{quoted(near)} is not a place: write latitude,longitude, as 31.77,-106.48") from exc
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"{quoted(near)} is not a place: latitude is -90 to 90, longitude -180 to 180")
    return Place(lat, lon, distance(within))


def instant(text: str, last: bool = False, zone: tzinfo = UTC) -> datetime:
    """Return a date or time (ISO 8601), in `zone` unless it has an offset; `last`: of a date, the instant after it.

    Raises: ValueError.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        return _LATEST if last and day == date.max else datetime.combine(day + timedelta(days=last), time(), zone)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise ValueError(f"{quoted(text)} is not a time: write 2026-01-04 or 2026-01-04T17:50:00-07:00") from exc
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _check(options: QueryOptions) -> None:
    if options.within is not None and options.near is None:
        raise ValueError("--within needs --near LAT,LON")
    if options.sort not in SORTS or (options.sort == "nearest" and options.near is None):
        raise ValueError(f"--sort is one of {', '.join(SORTS)}; nearest needs --near LAT,LON")
    if options.traffic.lower() not in TRAFFIC:
        raise ValueError(f"--traffic is one of {', '.join(TRAFFIC)}")
    if options.side and options.side.upper() not in SIDES:
        raise ValueError(f"--side is one of {', '.join(SIDES)}")
    if not 0 <= options.limit <= MOST_HITS:
        raise ValueError(f"--limit is 0 to {MOST_HITS}")


def _plate(text: str) -> str:
    """Return a plate as the index has it: upper case letters and digits, '?' for one that was not read."""
    plate = "".join(letter for letter in fold(plain(text)).upper() if letter.isalnum() or letter == "?")
    if text and (not plate.strip("?") or len(plate) > MOST_PLATE):
        raise ValueError(
            f"--plate {quoted(text)}: a plate has 1 to {MOST_PLATE} letters and digits, ? for one that was not read"
        )
    return plate


def _words(text: str) -> str:
    """Return the words to search for; several lines are one text."""
    words = " ".join(plain(text.replace("\t", " ").replace("\n", " ").replace("\r", " "), MOST_TEXT).split(" "))
    if len(words.split()) > MOST_WORDS or words.count("*") > MOST_PREFIXES:
        raise ValueError(f"TEXT has at most {MOST_WORDS} words, and {MOST_PREFIXES} of them with a *")
    return words


def _value(option: str, text: str, most: int) -> str:
    """Return the text of an option, of at most `most` characters."""
    try:
        value = plain(text, most).strip()
    except ValueError as exc:
        raise ValueError(f"{option}: {exc}") from None
    if text and not value:
        raise ValueError(f"{option} is blank")
    return value


def _agencies(names: Sequence[str]) -> tuple[str, ...]:
    if len(names) > MOST_AGENCIES:
        raise ValueError(f"at most {MOST_AGENCIES:,} of --agency")
    return tuple(map(agency, names))


def query(options: QueryOptions) -> Query:
    """Return the query of these options. Raises: ValueError saying which option is wrong, and how to write it."""
    _check(options)
    circle = None
    if options.near is not None:
        circle = place(options.near, DEFAULT_WITHIN if options.within is None else options.within)
    since = instant(options.since) if options.since is not None else None
    until = instant(options.until, last=True) if options.until is not None else None
    if since and until and since >= until:
        raise ValueError("--from is not before --to")
    return Query(
        text=_words(options.text),
        near=circle,
        since=since,
        until=until,
        offense=_value("--offense", options.offense, MOST_OFFENSE),
        agencies=_agencies(options.agencies),
        side=options.side.upper(),
        corridor=_value("--corridor", options.corridor, MOST_AREA),
        county=_value("--county", options.county, MOST_AREA),
        plate=_plate(options.plate),
        traffic=options.traffic.lower(),
        cancelled=options.cancelled,
        sort=options.sort,
        limit=options.limit,
    )
