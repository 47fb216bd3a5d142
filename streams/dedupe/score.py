"""Score: the sum of the match weights of two reports, and the verdict on it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.records.incident import IDENTIFYING_COMPARISONS, PairDecision, Verdict
from schemas.records.order import MODEL, Adjudication
from streams.dedupe.clustering import SOURCE
from streams.dedupe.compare import COMPARISONS
from streams.dedupe.continuation import continues
from streams.dedupe.profile import Profile
from streams.dedupe.term_frequency import damped
from streams.dedupe.weights import TABLE, Table

_PLACE = {name: at for at, name in enumerate(COMPARISONS)}
_PERSON_OF_ONE = frozenset({"same", "same, born that day"})


class Scored(NamedTuple):
    """Two reports compared: the level of each comparison, the deductions for common terms, and the sum in bits."""

    levels: tuple[str, ...]
    deductions: tuple[tuple[str, float], ...]
    weight: float

    def level(self, comparison: str) -> str:
        """Return the level of a comparison."""
        return self.levels[_PLACE[comparison]]


def score(left: Profile, right: Profile, table: Table = TABLE) -> Scored:
    """Compare two reports; return the sum of their match weights, less what common terms count for; symmetric.

    Source: I. P. Fellegi and A. B. Sunter, A Theory for Record Linkage, JASA 64, 1969.
    """
    levels = tuple([compare(left, right) for compare in COMPARISONS.values()])
    bits = [table.weight(name, level) for name, level in zip(COMPARISONS, levels, strict=True) if level]
    deducted = tuple(deductions(left, right, levels, table))
    return Scored(levels, deducted, table.prior + sum(bits) - sum(less for _, less in deducted))


def deductions(left: Profile, right: Profile, levels: Sequence[str], table: Table) -> Iterator[tuple[str, float]]:
    """Yield the bits to deduct for agreeing on common terms; never so many that agreement counts against."""
    for name, bits in damped(left, right):
        level = levels[_PLACE[name]]
        worth = table.weight(name, level) if level else 0.0
        if worth > 0:
            yield name, min(bits, worth)


def verdict(left: Profile, right: Profile, scored: Scored, table: Table = TABLE) -> Verdict:
    """Return the model's verdict on two reports.

    Somebody on the move in two places CONTINUES, however much else agrees. Time and offense alone never link two
    reports, however well they agree: the pair is UNSURE. RELATED are two incidents with the same vehicle, person or
    number; UNSURE takes precedence over it, because a person decides first. Source of a range of doubt between two
    thresholds: Fellegi and Sunter, as in `score`.
    """
    plate, person = scored.level("plate"), scored.level("person")
    if continues(left, right, plate, scored.level("vehicle")):
        return "CONTINUES"
    if scored.weight >= table.same_from:
        return "SAME" if _agrees_on_where_or_who(scored, table) else "UNSURE"
    if scored.weight >= table.unsure_from:
        return "UNSURE"
    common = {name for name, _ in scored.deductions}
    same_vehicle = plate == "same" and "plate" not in common
    same_person = person in _PERSON_OF_ONE and "person" not in common
    return "RELATED" if same_vehicle or same_person or scored.level("reference") else "NOT_SAME"


def _agrees_on_where_or_who(scored: Scored, table: Table) -> bool:
    levels = ((name, scored.level(name)) for name in IDENTIFYING_COMPARISONS)
    return any(level and table.weight(name, level) > 0 for name, level in levels)


def decision(
    left: Profile, right: Profile, scored: Scored, adjudication: Adjudication | None = None, table: Table = TABLE
) -> PairDecision:
    """Return the decision on two reports; an adjudication overrides the sum."""
    if left.report_id > right.report_id:
        left, right = right, left
    decided: PairDecision = {
        "left": left.report_id,
        "right": right.report_id,
        "forms": (left.form, right.form),
        "verdict": verdict(left, right, scored, table),
        "weight": scored.weight,
        "source_weight": table.weight(SOURCE, scored.level(SOURCE)) if scored.level(SOURCE) else 0.0,
        "threshold": table.same_from,
        "levels": table.packed(scored.levels),
        "decided_by": MODEL,
        "tables_version": table.version,
    }
    if adjudication is not None and adjudication["verdict"] != "WITHDRAWN":
        decided["verdict"], decided["decided_by"] = adjudication["verdict"], adjudication["by"]
    return decided
