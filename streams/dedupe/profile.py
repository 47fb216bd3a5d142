"""What one report is compared by: made once from its EnrichedReport, kept packed in the block index."""

import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from schemas.tables.reader import read_table

FINE_WIDTH_S = 300
"""Times at most this wide are indexed by half hours, wider ones by days."""
WIDEST_S = 86_400
"""A wider time is taken as this wide: beyond a day, it tells next to nothing."""
# Standard deviation of coordinates of each precision, metres on each axis: of the distances between reports of one
# incident on the development sets; a city and a county by their size.
ERROR_M = {
    "GPS": 15.0,
    "ADDRESS": 60.0,
    "INTERSECTION": 60.0,
    "BLOCK": 100.0,
    "MILEPOST": 350.0,
    "PLACE": 800.0,
    "CITY": 5_000.0,
    "COUNTY": 20_000.0,
    "UNKNOWN": 60.0,
}

LAG_COLUMNS = ("agency_id", "lag_s", "source")
LAG_S = {row["agency_id"]: int(row["lag_s"]) for _, row in read_table("clock_lags.csv", LAG_COLUMNS)}
"""Agency -> seconds by which its times lie behind those of its neighbours; 0 for an agency without a row."""

_BUCKET_S = (1_800, 86_400)
_NAME = struct.Struct(">BQ")
BUCKET_BYTES = _NAME.size
_EPOCH = 2**40
_LEVEL_AT = 60
_APART = "\udcff"
"""The byte 0xff, which no text in UTF-8 has."""


class Profile(NamedTuple):
    """A report as it is compared: times in seconds UTC, places in degrees WGS 84, lists sorted."""

    report_id: str
    agency_id: str
    traffic: str
    start: int
    width: int
    lat: float | None
    lon: float | None
    precision: str
    concept: str
    family: str
    corridor: str
    language: str
    streets: tuple[str, ...]
    number: int
    route: str
    route_km: float | None
    plates: tuple[str, ...]
    vehicles: tuple[str, ...]
    persons: tuple[str, ...]
    units: tuple[str, ...]
    references: tuple[str, ...]
    words: tuple[str, ...]
    duplicate: bool
    injury: str
    heading_deg: float | None
    handover_to: str
    form: int = 0
    """Which form of the report it is: 0 the whole, else its place among the forms, from 1."""
    buckets: tuple[int, ...] = ()
    """Of a report with several forms, the bucket of time of each, as a number."""

    @property
    def name(self) -> str:
        """The name of this form in the block index: no report id holds what sets it apart."""
        return name_of(self.report_id, self.form)

    @property
    def end(self) -> int:
        """The first second that is too late."""
        return self.start + self.width

    @property
    def bucket(self) -> bytes:
        """Name of the bucket of time that holds it."""
        level = int(self.width > FINE_WIDTH_S)
        return _NAME.pack(level, self.start // _BUCKET_S[level] + _EPOCH)

    def forms(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the bucket of every form of the report, this one among them."""
        for form, number in enumerate(self.buckets or (_number(self.bucket),)):
            yield name_of(self.report_id, form), _NAME.pack(number >> _LEVEL_AT, number & ~(1 << _LEVEL_AT))


def name_of(report_id: str, form: int) -> str:
    """Return the name of a form in the block index; encode it by `surrogateescape`."""
    return f"{report_id}{_APART}{form}" if form else report_id


def report_of(name: str) -> str:
    """Return the report of which a form has this name."""
    return name.partition(_APART)[0]


def _number(bucket: bytes) -> int:
    level, number = _NAME.unpack(bucket)
    return int(level << _LEVEL_AT | number)


def known_precision(told: str) -> str:
    """Give a precision as the tables know it: another word, and none, is UNKNOWN."""
    return told if told in ERROR_M else "UNKNOWN"


def _profile(head: Mapping[str, Any], found: Mapping[str, Any], corridor: str) -> Profile:
    """Make a profile of who speaks (`head`) and what was found in it; empty values may be left out."""
    occurred, width = found.get("occurred_from"), found.get("occurred_precision_s", 60)
    if occurred is None:
        start, width = found["updated_at"] // 1000 - WIDEST_S, WIDEST_S
    else:
        start, width = occurred // 1000 - LAG_S.get(head["agency_id"], 0), min(max(width, 1), WIDEST_S)
    offense, match = found.get("offense", {}), found.get("match", {})
    return Profile(
        report_id=head["report_id"],
        agency_id=head["agency_id"],
        traffic=head["traffic"],
        start=start,
        width=width,
        lat=found.get("lat"),
        lon=found.get("lon"),
        precision=known_precision(found.get("precision", "")),
        concept=offense.get("concept", ""),
        family=offense.get("family", ""),
        corridor=corridor,
        language=found.get("language", ""),
        streets=tuple(match.get("streets", ())),
        number=match.get("number", -1),
        route=match.get("route", ""),
        route_km=match.get("route_km"),
        plates=tuple(match.get("plates", ())),
        vehicles=tuple(match.get("vehicles", ())),
        persons=tuple(match.get("persons", ())),
        units=tuple(match.get("units", ())),
        references=tuple(match.get("references", ())),
        words=tuple(match.get("words", ())),
        duplicate=match.get("duplicate", False),
        injury=match.get("injury", ""),
        heading_deg=match.get("heading_deg"),
        handover_to=match.get("handover_to", ""),
    )


def profiles(enriched: Mapping[str, Any]) -> tuple[Profile, ...]:
    """Return the profile of an EnrichedReport, and of each of its forms.

    A report without a time that can be believed is taken to speak of the day before its last word.
    """
    whole = enriched["enrichment"]
    every = [whole, *(form["enrichment"] or whole for form in enriched["forms"])]
    made = [_profile(enriched, found, found["place"]["corridor"]) for found in every]
    if len(made) == 1:
        return (made[0],)
    buckets = tuple(_number(one.bucket) for one in made)
    return tuple(one._replace(form=form, buckets=buckets) for form, one in enumerate(made))


def profile(enriched: Mapping[str, Any]) -> Profile:
    """Return the profile of a whole EnrichedReport."""
    return profiles(enriched)[0]


def of_document(report: Mapping[str, Any]) -> Profile:
    """Make the profile of a report as the index has it: the same as that of its EnrichedReport."""
    head = {"report_id": report["report_id"], "agency_id": report["agency"], "traffic": report["traffic"]}
    found = {**report, "occurred_from": report.get("occurred_at")}
    return _profile(head, found, report.get("place", {}).get("corridor", ""))


def pack(one: Profile) -> bytes:
    """Write a profile for the block index."""
    return orjson.dumps(list(one))


def unpack(data: bytes) -> Profile:
    """Read a profile of the block index."""
    return Profile._make(tuple(value) if type(value) is list else value for value in orjson.loads(data))


def reach(one: Profile, within_s: int) -> list[bytes]:
    """List the buckets in which reports lie whose times may be within `within_s` seconds of this one's."""
    names = []
    for level, widest in ((0, FINE_WIDTH_S), (1, WIDEST_S)):
        size = _BUCKET_S[level]
        first, last = (one.start - within_s - widest) // size, (one.end + within_s) // size
        names += [_NAME.pack(level, number + _EPOCH) for number in range(first, last + 1)]
    return names


def apart_s(left: Profile, right: Profile) -> int:
    """Give the seconds between two times, from the end of the earlier to the start of the later; 0 where they touch."""
    return max(0, left.start - right.end, right.start - left.end)
