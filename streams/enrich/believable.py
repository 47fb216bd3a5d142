"""What of a report can be believed: times, places and headings within bounds, and a flag for each value that is not.

A report is not refused because of a clock: the value is left out, or the one that Kafka knows takes its place.
"""

from collections.abc import Mapping
from enum import StrEnum
from math import isfinite
from typing import Any

EARLIEST = -2_208_988_800_000
"""1900-01-01 in UTC milliseconds: no dispatch record is older."""
FUTURE_MS = 300_000
"""A clock may be so much ahead of ours; beyond that, it is told."""
_LATEST_MS = 366 * 86_400_000
_WIDEST_S = 366 * 86_400
_FULL_CIRCLE = 360.0


class Flag(StrEnum):
    """What intake noticed in a report that it let through; the value in question is left out of the document."""

    NO_TIME = "no_time"
    TIME_UNBELIEVABLE = "time_unbelievable"
    TIME_IN_FUTURE = "time_in_future"
    TIME_AMBIGUOUS = "time_ambiguous"
    TIME_WIDTH_UNBELIEVABLE = "time_width_unbelievable"
    """The width of the time is not within a second and a year; the nearest of these stands."""
    UPDATED_UNBELIEVABLE = "updated_unbelievable"
    """The time at which the source says it emitted this version; the time at which Kafka got it stands instead."""
    NO_COORDINATES = "no_coordinates"
    COORDINATES_UNBELIEVABLE = "coordinates_unbelievable"
    HEADING_UNBELIEVABLE = "heading_unbelievable"
    OFFENSE_UNMAPPED = "offense_unmapped"
    """The agency's code and words are in no table: the list of codes to map is made from it."""
    TRAFFICKING_DISPUTED = "trafficking_disputed"
    """The elements that the report states contradict its code: trafficking or smuggling, a person has to look."""


def received_at(timestamp: int, now: int) -> int:
    """Return when Kafka got a record, UTC milliseconds: its own time, unless a sender made that up; then `now`."""
    return timestamp if 0 < timestamp <= now + FUTURE_MS else now


def occurred_from(report: Mapping[str, Any], received: int, flags: list[str]) -> int | None:
    """Return the time of occurrence where it can be believed, noting in `flags` why not.

    It and `received` are in UTC milliseconds.
    """
    occurred: int | None = report["occurred_from"]
    if occurred is None:
        flags.append(Flag.NO_TIME)
        return None
    if not EARLIEST <= occurred <= received + _LATEST_MS:
        flags.append(Flag.TIME_UNBELIEVABLE)
        return None
    if occurred > received + FUTURE_MS:
        flags.append(Flag.TIME_IN_FUTURE)
    if report["occurred_ambiguous"]:
        flags.append(Flag.TIME_AMBIGUOUS)
    return occurred


def width_s(report: Mapping[str, Any], flags: list[str]) -> int:
    """Return the width of the report's time in seconds, within a second and a year."""
    stated: int = report["occurred_precision_s"]
    width = min(max(stated, 1), _WIDEST_S)
    if width != stated:
        flags.append(Flag.TIME_WIDTH_UNBELIEVABLE)
    return width


def updated_at(report: Mapping[str, Any], received: int, flags: list[str]) -> int:
    """Return when the source emitted this version, UTC milliseconds: never later than Kafka got it, clocks aside."""
    updated: int = report["updated_at"]
    if EARLIEST <= updated <= received + FUTURE_MS:
        return updated
    flags.append(Flag.UPDATED_UNBELIEVABLE)
    return received


def coordinates(report: Mapping[str, Any], flags: list[str]) -> tuple[float | None, float | None]:
    """Return latitude and longitude, degrees WGS 84, where they can be believed, noting in `flags` why not."""
    lat, lon = report["location"]["lat"], report["location"]["lon"]
    if lat is None or lon is None:
        flags.append(Flag.NO_COORDINATES)
        return None, None
    # (0, 0) is what a missing geocode looks like; the second test is false for NaN as well.
    if (lat == 0 and lon == 0) or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        flags.append(Flag.COORDINATES_UNBELIEVABLE)
        return None, None
    return lat, lon


def heading_deg(report: Mapping[str, Any], flags: list[str]) -> float | None:
    """Return the heading in degrees clockwise from north, from 0 to below 360; None where there is none to believe."""
    stated: float | None = (report["motion"] or {}).get("heading_deg")
    if stated is None:
        return None
    if not isfinite(stated) or abs(stated) > _FULL_CIRCLE:
        flags.append(Flag.HEADING_UNBELIEVABLE)
        return None
    return stated % _FULL_CIRCLE
