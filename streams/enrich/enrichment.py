"""Enriching from tables alone: where a report lies, what moved and which way, in which language it speaks."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast

from schemas.codes.offenses import CONCEPTS
from schemas.errors import Configuration
from schemas.geo import meters_between
from schemas.records.agency import AgencyRow
from schemas.records.report import Flow, Place
from schemas.tables.reader import read_table
from schemas.text.analysis import AnalyzedText
from schemas.text.tokens import language_of
from streams.enrich import map_tables
from streams.enrich.place import Where, where

Side = Literal["US", "MX", "UNKNOWN"]
Direction = Literal["NORTHBOUND", "SOUTHBOUND", "LATERAL", "UNKNOWN"]

COLUMNS = ("offense", "word", "commodity", "source", "verified")
COMMODITIES = ("drugs", "migrants", "firearms", "cash", "other")

LONGEST_ID = 128
"""Characters of a checkpoint's id that are kept."""
MOST = 20
"""Commodities that are kept."""
LONGEST_LANGUAGE = 35
"""Characters of a language tag (BCP 47, RFC 5646, section 4.4.1)."""

# ISO 3166-1 alpha-3 of agencies and locations, alpha-2 of sides.
_SIDES: dict[str, Side] = {"USA": "US", "MEX": "MX", "US": "US", "MX": "MX"}
_STATE = re.compile(r"(?:US|MX)-[A-Z]{2,3}")
_WAYS: dict[str, Direction] = {"northbound": "NORTHBOUND", "southbound": "SOUTHBOUND"}


def read_flows(lines: Iterable[tuple[int, Mapping[str, str]]], name: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return offense concept -> pairs of a word ('' for none needed) and what moved, from rows with line numbers.

    Raises: Configuration naming file and line.
    """
    flows: dict[str, tuple[tuple[str, str], ...]] = {}
    for line, fields in lines:
        if fields["offense"] not in CONCEPTS or fields["commodity"] not in COMMODITIES:
            raise Configuration(f"{name}, line {line}: a concept of offenses.csv, one of {', '.join(COMMODITIES)}")
        flows[fields["offense"]] = (*flows.get(fields["offense"], ()), (fields["word"], fields["commodity"]))
    return flows


_COMMODITIES = read_flows(read_table("flow_words.csv", COLUMNS), "schemas/tables/flow_words.csv")


def _stated_place(location: Mapping[str, Any], corridor: str) -> Where:
    """Return what a report without coordinates tells by itself: country, state; its corridor is that of its agency."""
    state = location["state"] if _STATE.fullmatch(location["state"]) else ""
    side = _SIDES.get(location["country"]) or _SIDES.get(state[:2], "UNKNOWN")
    return Where(side=side, state=state, corridor=corridor)


def _at_port(at: Where, code: str, lat: float | None, lon: float | None) -> Where:
    """Put the port of entry that a report tells before the nearest one; its corridor where no place tells another."""
    port = map_tables.PORT_OF.get(code)
    if port is None:
        return at
    if lat is None or lon is None:
        return at._replace(port_of_entry=code, corridor=port.group)
    return at._replace(port_of_entry=code, port_distance_m=round(meters_between(lat, lon, port.lat, port.lon)))


def place(location: Mapping[str, Any], agency: AgencyRow, lat: float | None, lon: float | None) -> Place:
    """Return where a report lies, by its point in degrees WGS 84; without one, by what it and its agency's row say.

    The agency's country is its jurisdiction, never a side: Border Patrol is told of what happens across the line.
    """
    at = _stated_place(location, agency["corridor"]) if lat is None or lon is None else where(lat, lon)
    if location["port_of_entry"]:
        at = _at_port(at, location["port_of_entry"], lat, lon)
    # A point that no map knows is at sea or abroad, whosever report it is.
    country = at.side if at.side != "UNKNOWN" else _SIDES.get(agency["country"], "") if lat is None else ""
    return {
        "side": at.side,
        "state": at.state,
        "county": at.county,
        "nearest": at.nearest,
        "port_of_entry": at.port_of_entry,
        "port_distance_m": at.port_distance_m,
        "border_distance_m": at.border_distance_m,
        "sector": at.sector,
        "corridor": at.corridor,
        "checkpoint": location["checkpoint_id"][:LONGEST_ID],
        "jurisdiction": "/".join(part for part in (country, at.state, at.county) if part),
    }


def flow(report: Mapping[str, Any], concept: str, words: Iterable[str]) -> Flow:
    """Return what moved, and which way: as the source says, else where offense and narrative plainly tell it.

    `words` are those of the lexicon. A direction counts beside what moved only: a fight may leave northbound, too.
    """
    if (stated := report["flow"]) is not None and (stated["direction"] != "UNKNOWN" or stated["commodities"]):
        return cast(Flow, {"direction": stated["direction"], "commodities": sorted(set(stated["commodities"]))[:MOST]})
    narrated = frozenset(words)
    moved = sorted({what for word, what in _COMMODITIES.get(concept, ()) if not word or word in narrated})
    ways = _WAYS.keys() & narrated if moved else ()
    direction: Direction = _WAYS[next(iter(ways))] if len(ways) == 1 else "UNKNOWN"
    return {"direction": direction, "commodities": moved}


def language(report: Mapping[str, Any], narratives: Iterable[AnalyzedText]) -> str:
    """Return the language of the first narrative that states one, else the one that its words are in; '' for none."""
    tags = (narrative["lang"] for narrative in report["narratives"] if narrative["text"])
    stated = next((tag for tag in tags if tag not in ("", "und")), "")
    return stated[:LONGEST_LANGUAGE] or next(filter(None, (language_of(text.words) for text in narratives)), "")
