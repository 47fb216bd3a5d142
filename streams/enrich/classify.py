"""Classify: the common offense beside an agency's own code and words, and what told it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from schemas.codes import offenses
from schemas.codes.taxonomy import Meaning
from schemas.folding import fold
from schemas.records.report import Offense

LONGEST_TYPE = 256
"""Characters of a code or a type that are looked at and remembered."""
VAGUEST = 4
"""Rank to which words of a narrative count: lanes blocked, doors checked and the like are said of every offense."""
MappedBy = Literal["", "source", "code", "words", "narrative"]

TRANSPORT, EXPLOITATION = "SMUGGLING", "TRAFFICKING"


def _guarded(meanings: tuple[Meaning, ...]) -> Meaning | None:
    """Return the first meaning; of smuggling and trafficking in one text, trafficking only where its element is told.

    Spanish tráfico de personas is smuggling, trata is trafficking. Moving people across a border is no exploitation:
    beside such words a text has to tell sex or labor (one of the two NIBRS codes) to mean trafficking.
    """
    first = meanings[0] if meanings else None
    if first is None or first.concept.concept not in (TRANSPORT, EXPLOITATION):
        return first
    named = [(meaning.concept.concept, meaning) for meaning in meanings]
    exploitation = next((meaning for name, meaning in named if name == EXPLOITATION and meaning.names_code), None)
    return exploitation or next((meaning for name, meaning in named if name == TRANSPORT), first)


@lru_cache(maxsize=16_384)
def _own(system: str, code: str, text: str) -> tuple[Meaning | None, MappedBy]:
    """Return what an agency's own code and words mean."""
    for wording in (code, text):
        meaning = offenses.CROSSWALK.get((system, fold(wording.strip()))) if wording else None
        if meaning is not None:
            return meaning, "code"
    meaning = _guarded(offenses.meanings_in(text))
    return meaning, "words" if meaning is not None else ""


def _narrated(report: Mapping[str, Any]) -> Meaning | None:
    """Return what the narratives mean where all that they say of offenses means the same concept.

    Never trafficking: a narrative is no finding of force, fraud or coercion.
    """
    meanings = [meaning for narrative in report["narratives"] for meaning in offenses.meanings_in(narrative["text"])]
    grave = [meaning for meaning in meanings if meaning.concept.rank <= VAGUEST]
    concepts = {meaning.concept.concept for meaning in grave}
    return grave[0] if len(concepts) == 1 and EXPLOITATION not in concepts else None


def _offense(meaning: Meaning | None, kind: Mapping[str, Any], mapped_by: MappedBy) -> Offense:
    """Put the common codes together; those that the source gives stand."""
    concept = meaning.concept if meaning else None
    return {
        "concept": concept.concept if concept else "",
        "family": concept.family if concept else "",
        "nibrs": list(kind["nibrs"] or (meaning.nibrs if meaning else ())),
        "apco": kind["apco"] or (concept.apco[0] if concept and concept.apco else ""),
        "cnie": kind["cnie"] or (concept.cnie[0] if concept and concept.cnie else ""),
        "mapped_by": mapped_by,
    }


def classify(report: Mapping[str, Any]) -> Offense:
    """Return the common offense of a decoded report.

    The source's own common codes come first, then its code or text in the crosswalk of its system, then its words,
    then a narrative that says one thing only. Where common codes leave a choice, its own code or words make it.
    """
    kind = report["classification"]
    stated = (kind["code_system"], kind["internal_code"], kind["internal_text"])
    meaning, mapped_by = _own(*(text[:LONGEST_TYPE] for text in stated))
    if kind["nibrs"] or kind["apco"] or kind["cnie"]:
        possible = offenses.concepts_by_codes(tuple(kind["nibrs"]), kind["apco"], kind["cnie"])
        if possible:
            chosen = meaning.concept if meaning and meaning.concept in possible else possible[0]
            return _offense(Meaning(chosen, chosen.nibrs), kind, "source")
    if meaning is None:
        meaning = _narrated(report)
        mapped_by = "narrative" if meaning is not None else ""
    return _offense(meaning, kind, mapped_by)


def unmapped(report: Mapping[str, Any], offense: Offense) -> bool:
    """Return whether a report has a code or words for its offense that no table knows: work for the tables."""
    kind = report["classification"]
    stated = kind["internal_code"] or kind["internal_text"] or kind["apco"] or kind["cnie"] or kind["nibrs"]
    return bool(stated) and offense["mapped_by"] in ("", "narrative")


def disputed(report: Mapping[str, Any], offense: Offense) -> bool:
    """Return whether the elements that a report states contradict its code; the code holds, and they promote nothing.

    Trafficking is commercial sex or labor by force, fraud or coercion (22 U.S.C. 7102(11)); transport alone is
    smuggling. What is not told contradicts nothing.
    """
    stated = report["trafficking"] or {}
    means = any(stated.get(name) for name in ("force", "fraud", "coercion"))
    exploitation = any(stated.get(name) for name in ("commercial_sex", "labour"))
    if offense["concept"] == TRANSPORT:
        return means and exploitation
    neither = stated.get("commercial_sex") is False and stated.get("labour") is False
    return offense["concept"] == EXPLOITATION and (bool(stated.get("transport_only")) or neither)
