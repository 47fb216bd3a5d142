"""The profile that a report is compared by: derived from its EnrichedReport, kept packed in the block index."""

import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from schemas.tables.reader import read_table

FINE_WIDTH_S = 300
"""Times at most this wide, in seconds, are indexed by half hours, wider ones by days."""
WIDEST_S = 86_400
"""Seconds; a wider time is taken as this wide, because beyond a day it means next to nothing."""
# Standard deviation of coordinates of each precision, meters on each axis: of the distances between reports of one
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
"""Agency -> seconds by which its times lag behind those of its neighbors; 0 for an agency without a row."""

_BUCKET_S = (1_800, 86_400)
_NAME = struct.Struct(">BQ")
BUCKET_BYTES = _NAME.size
_EPOCH = 2**40
_LEVEL_AT = 60
_APART = "\udcff"
"""The byte 0xff, which no UTF-8 text contains."""


class Profile(NamedTuple):
    """A report as it is compared: times in UTC seconds, places in degrees WGS 84, lists sorted."""

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
    """The form of the report: 0 is the whole, others are numbered from 1."""
    buckets: tuple[int, ...] = ()
    """The time bucket of each form, as a number; empty for a report that has one form."""

    @property
    def name(self) -> str:
        """The name of this form in the block index; no report id contains the separator."""
        return name_of(self.report_id, self.form)

    @property
    def end(self) -> int:
        """The UTC second at which the time ends, exclusive."""
        return self.start + self.width

    @property
    def bucket(self) -> bytes:
        """The name of the time bucket that holds it."""
        level = int(self.width > FINE_WIDTH_S)
        return _NAME.pack(level, self.start // _BUCKET_S[level] + _EPOCH)

    def forms(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the bucket of every form of the report, this one included."""
        for form, number in enumerate(self.buckets or (_number(self.bucket),)):
            yield name_of(self.report_id, form), _NAME.pack(number >> _LEVEL_AT, number & ~(1 << _LEVEL_AT))


def name_of(report_id: str, form: int) -> str:
    """Return the name of a form in the block index; encode it by `surrogateescape`.

    `form` is its index in the forms of the report: 0 is the whole report.
    """
    return f"{report_id}{_APART}{form}" if form else report_id


def report_of(name: str) -> str:
    """Return the report id of the form with this name."""
    return name.partition(_APART)[0]


def _number(bucket: bytes) -> int:
    level, number = _NAME.unpack(bucket)
    return int(level << _LEVEL_AT | number)


def known_precision(stated: str) -> str:
    """Return a stated precision that the tables know; any other value, and none, is UNKNOWN."""
    return stated if stated in ERROR_M else "UNKNOWN"


def _profile(head: Mapping[str, Any], enrichment: Mapping[str, Any], corridor: str) -> Profile:
    """Build a profile from a report's identity (`head`) and its enrichment; empty values may be missing."""
    occurred, width = enrichment.get("occurred_from"), enrichment.get("occurred_precision_s", 60)
    if occurred is None:
        start, width = enrichment["updated_at"] // 1000 - WIDEST_S, WIDEST_S
    else:
        start, width = occurred // 1000 - LAG_S.get(head["agency_id"], 0), min(max(width, 1), WIDEST_S)
    offense, match = enrichment.get("offense", {}), enrichment.get("match", {})
    return Profile(
        report_id=head["report_id"],
        agency_id=head["agency_id"],
        traffic=head["traffic"],
        start=start,
        width=width,
        lat=enrichment.get("lat"),
        lon=enrichment.get("lon"),
        precision=known_precision(enrichment.get("precision", "")),
        concept=offense.get("concept", ""),
        family=offense.get("family", ""),
        corridor=corridor,
        language=enrichment.get("language", ""),
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

    A report without a plausible time is assumed to describe the day before its last update.
    """
    whole = enriched["enrichment"]
    every = [whole, *(form["enrichment"] or whole for form in enriched["forms"])]
    of_forms = [_profile(enriched, enrichment, enrichment["place"]["corridor"]) for enrichment in every]
    if len(of_forms) == 1:
        return (of_forms[0],)
    buckets = tuple(_number(each.bucket) for each in of_forms)
    return tuple(each._replace(form=form, buckets=buckets) for form, each in enumerate(of_forms))


def profile(enriched: Mapping[str, Any]) -> Profile:
    """Return the profile of a whole EnrichedReport."""
    return profiles(enriched)[0]


def of_document(report: Mapping[str, Any]) -> Profile:
    """Return the profile of a report's document in the index: the same as that of its EnrichedReport."""
    head = {"report_id": report["report_id"], "agency_id": report["agency"], "traffic": report["traffic"]}
    enrichment = {**report, "occurred_from": report.get("occurred_at")}
    return _profile(head, enrichment, report.get("place", {}).get("corridor", ""))


def pack(profile: Profile) -> bytes:
    """Return a profile packed for the block index."""
    return orjson.dumps(list(profile))


def unpack(data: bytes) -> Profile:
    """Return the profile that was packed."""
    return Profile._make(tuple(value) if type(value) is list else value for value in orjson.loads(data))


def reach(profile: Profile, within_s: int) -> list[bytes]:
    """Return the buckets of reports whose times may be within `within_s` seconds of this one's."""
    names = []
    for level, widest in ((0, FINE_WIDTH_S), (1, WIDEST_S)):
        size = _BUCKET_S[level]
        first, last = (profile.start - within_s - widest) // size, (profile.end + within_s) // size
        names += [_NAME.pack(level, number + _EPOCH) for number in range(first, last + 1)]
    return names


def apart_s(left: Profile, right: Profile) -> int:
    """Return the seconds from the end of the earlier time to the start of the later one; 0 where they overlap."""
    return max(0, left.start - right.end, right.start - left.end)
