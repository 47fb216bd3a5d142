"""The daily digest of one audience: what occurred that day as it sees it, in its language; pure.

What happened, roughly where, and who told of it: no persons, plates or narratives, which are read in the incident.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import filterfalse
from typing import Any

from schemas.agreements.model import Focus
from schemas.codes.offenses import CONCEPTS
from sinks.partnership.periods import clock_of
from sinks.search.lookouts import Sighting

LANGUAGE = {"MEX": "es"}
"""Country of an audience, ISO 3166-1 alpha-3 -> language of its digest; English where it has no row."""
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Incidents of {day} ({zone})",
        "none": "Nothing occurred that this audience sees.",
        "total": "{total} incidents, {joined} told by several agencies, {across} from both sides of the border.",
        "more": "The first {shown} are listed.",
        "focus": "What the agreement is about",
        "else": "What else occurred",
        "head": "time | offense | near | told by | incident",
        "caution": "officer safety",
        "disagree": "agencies disagree",
        "wanted": "Wanted, and seen that day",
        "wanted_head": "time | by | near | told by | incident | wanted by",
        "plate": "plate",
        "person": "person",
    },
    "es": {
        "title": "Incidentes del {day} ({zone})",
        "none": "No ocurrió nada que esta audiencia vea.",
        "total": "{total} incidentes, {joined} reportados por varias agencias, {across} de ambos lados de la frontera.",
        "more": "Se listan los primeros {shown}.",
        "focus": "De lo que trata el acuerdo",
        "else": "Lo demás que ocurrió",
        "head": "hora | delito | cerca de | reporta | incidente",
        "caution": "riesgo para oficiales",
        "disagree": "las agencias difieren",
        "wanted": "Buscados y vistos ese día",
        "wanted_head": "hora | por | cerca de | reporta | incidente | buscado por",
        "plate": "placa",
        "person": "persona",
    },
}


def _offense(one: Mapping[str, Any], language: str, words: Mapping[str, str]) -> str:
    known = [CONCEPTS[name] for name in one.get("offense", ()) if name in CONCEPTS]
    labels = [concept.label_es if language == "es" else concept.label_en for concept in known]
    cautions = any(report.get("cautions") for report in one["reports"]) or any(
        pointer.get("cautions") for pointer in one.get("pointers", ())
    )
    marks = [words["caution"]] * cautions + [words["disagree"]] * ("offense" in one.get("disagree", ()))
    return ", ".join(labels) + (f" ({', '.join(marks)})" if marks else "")


def _near(told: Mapping[str, Any]) -> str:
    return ", ".join([*told.get("side", ()), *told.get("nearest", ())])


def _agencies(told: Mapping[str, Any]) -> str:
    return ", ".join(told.get("agencies", ()))


def _sighted(one: Sighting, words: Mapping[str, str], zone: str) -> tuple[str, ...]:
    told = one._asdict()
    by = ", ".join(name.partition(":")[0] for name in one.wanted_reports)
    return clock_of(one.at, zone), words[one.by], _near(told), _agencies(told), one.seen, by


def _rows(head: str, rows: Iterable[Sequence[str]]) -> list[str]:
    cells = [[" ".join(cell.replace("|", "/").split()) for cell in row] for row in rows]
    return [f"| {head} |", "|" + "---|" * (head.count("|") + 1), *(f"| {' | '.join(row)} |" for row in cells)]


def markdown(
    title: str,
    audience: str,
    country: str,
    day: str,
    total: int,
    hits: Sequence[Mapping[str, Any]],
    sightings: Sequence[Sighting],
    countries: Mapping[str, str],
    focus: Focus,
    zone: str = "UTC",
) -> str:
    """Write a digest: `hits` of `total` incidents of that day, oldest first, and what was wanted and seen.

    What is in the agreement's `focus` comes first. `countries`: agency -> ISO 3166-1 alpha-3, as the country of the
    audience. `zone`: IANA name of the time zone in which the day is a day.
    """
    language = LANGUAGE.get(country, "en")
    words = WORDS[language]
    lines = [f"# {title}: {words['title'].format(day=day, zone=zone)}", "", f"`{audience}`", ""]
    joined = sum(len(one.get("agencies", ())) > 1 for one in hits)
    across = sum(len({countries.get(agency, "") for agency in one.get("agencies", ())}) > 1 for one in hits)
    lines += [words["total"].format(total=total, joined=joined, across=across) if hits else words["none"]]
    if total > len(hits):
        lines += ["", words["more"].format(shown=len(hits))]
    for name, some in (("focus", filter(focus.holds, hits)), ("else", filterfalse(focus.holds, hits))):
        told = [
            (clock_of(one["occurred_at"], zone), _offense(one, language, words), _near(one), _agencies(one), one["id"])
            for one in some
        ]
        lines += ["", f"## {words[name]}", "", *_rows(words["head"], told)] if told else []
    if sightings:
        seen = (_sighted(one, words, zone) for one in sightings)
        lines += ["", f"## {words['wanted']}", "", *_rows(words["wanted_head"], seen)]
    return "\n".join(lines) + "\n"
