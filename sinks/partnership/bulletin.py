"""The daily bulletin of one audience: what occurred that day as it sees it, in its language; pure.

What happened, roughly where, and who reported it. No persons, plates or narratives: those are read in the incident.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import filterfalse
from typing import Any

from schemas.agreements.model import Focus
from schemas.codes.offenses import CONCEPTS
from sinks.partnership.periods import time_of_day
from sinks.search.lookouts import LookoutHit

LANGUAGE = {"MEX": "es"}
"""Country of an audience, ISO 3166-1 alpha-3 -> language of its bulletin; English where it has no row."""
PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Incidents of {day} ({zone})",
        "none": "No incidents that this audience sees.",
        "total": "{total} incidents, {linked} reported by several agencies, {across} from both sides of the border.",
        "more": "The first {shown} are listed.",
        "focus": "Focus of the agreement",
        "else": "Other incidents",
        "head": "time | offense | near | reported by | incident",
        "caution": "officer safety",
        "disagree": "agencies disagree",
        "lookouts": "Lookouts with hits that day",
        "lookouts_head": "time | matched by | near | reported by | incident | lookout of",
        "plate": "plate",
        "person": "person",
    },
    "es": {
        "title": "Incidentes del {day} ({zone})",
        "none": "No ocurrió nada que esta audiencia vea.",
        "total": "{total} incidentes, {linked} reportados por varias agencias, {across} de ambos lados de la frontera.",
        "more": "Se listan los primeros {shown}.",
        "focus": "De lo que trata el acuerdo",
        "else": "Lo demás que ocurrió",
        "head": "hora | delito | cerca de | reporta | incidente",
        "caution": "riesgo para oficiales",
        "disagree": "las agencias difieren",
        "lookouts": "Buscados y vistos ese día",
        "lookouts_head": "hora | por | cerca de | reporta | incidente | buscado por",
        "plate": "placa",
        "person": "persona",
    },
}


def _offense(incident: Mapping[str, Any], language: str, phrases: Mapping[str, str]) -> str:
    concepts = [CONCEPTS[name] for name in incident.get("offense", ()) if name in CONCEPTS]
    labels = [concept.label_es if language == "es" else concept.label_en for concept in concepts]
    cautions = any(report.get("cautions") for report in incident["reports"]) or any(
        pointer.get("cautions") for pointer in incident.get("pointers", ())
    )
    conflict = "offense" in incident.get("disagree", ())
    marks = [phrases["caution"]] * cautions + [phrases["disagree"]] * conflict
    return ", ".join(labels) + (f" ({', '.join(marks)})" if marks else "")


def _near(incident: Mapping[str, Any]) -> str:
    return ", ".join([*incident.get("side", ()), *incident.get("nearest", ())])


def _agencies(incident: Mapping[str, Any]) -> str:
    return ", ".join(incident.get("agencies", ()))


def _is_cross_border(incident: Mapping[str, Any], countries: Mapping[str, str]) -> bool:
    return len({countries.get(agency, "") for agency in incident.get("agencies", ())}) > 1


def _incident_row(incident: Mapping[str, Any], language: str, phrases: Mapping[str, str], zone: str) -> tuple[str, ...]:
    at, offense = time_of_day(incident["occurred_at"], zone), _offense(incident, language, phrases)
    return at, offense, _near(incident), _agencies(incident), incident["id"]


def _lookout_row(hit: LookoutHit, phrases: Mapping[str, str], zone: str) -> tuple[str, ...]:
    incident = hit._asdict()
    issued_by = ", ".join(name.partition(":")[0] for name in hit.wanted_reports)
    return time_of_day(hit.at, zone), phrases[hit.by], _near(incident), _agencies(incident), hit.seen, issued_by


def _table(head: str, rows: Iterable[Sequence[str]]) -> list[str]:
    cells = [[" ".join(cell.replace("|", "/").split()) for cell in row] for row in rows]
    return [f"| {head} |", "|" + "---|" * (head.count("|") + 1), *(f"| {' | '.join(row)} |" for row in cells)]


def markdown(
    title: str,
    audience: str,
    country: str,
    day: str,
    total: int,
    incidents: Sequence[Mapping[str, Any]],
    hits: Sequence[LookoutHit],
    countries: Mapping[str, str],
    focus: Focus,
    zone: str = "UTC",
) -> str:
    """Format a bulletin as Markdown: `incidents` of that day out of `total`, oldest first, and `hits` of lookouts.

    Incidents in the agreement's `focus` come first. `country` and `countries` (of each agency) are ISO 3166-1 alpha-3;
    `zone` is the IANA time zone in which the day is counted.
    """
    language = LANGUAGE.get(country, "en")
    phrases = PHRASES[language]
    lines = [f"# {title}: {phrases['title'].format(day=day, zone=zone)}", "", f"`{audience}`", ""]
    linked = sum(len(incident.get("agencies", ())) > 1 for incident in incidents)
    across = sum(_is_cross_border(incident, countries) for incident in incidents)
    summary = phrases["total"].format(total=total, linked=linked, across=across)
    lines += [summary if incidents else phrases["none"]]
    if total > len(incidents):
        lines += ["", phrases["more"].format(shown=len(incidents))]
    sections = (("focus", filter(focus.covers, incidents)), ("else", filterfalse(focus.covers, incidents)))
    for name, section in sections:
        rows = [_incident_row(incident, language, phrases, zone) for incident in section]
        lines += ["", f"## {phrases[name]}", "", *_table(phrases["head"], rows)] if rows else []
    if hits:
        rows = [_lookout_row(hit, phrases, zone) for hit in hits]
        lines += ["", f"## {phrases['lookouts']}", "", *_table(phrases["lookouts_head"], rows)]
    return "\n".join(lines) + "\n"
