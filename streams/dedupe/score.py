"""Score: the sum of what the comparisons of two reports weigh, and the verdict on it."""

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
    """Two reports compared: the level of each comparison, what common terms take off, and the sum in bits."""

    levels: tuple[str, ...]
    off: tuple[tuple[str, float], ...]
    weight: float

    def level(self, comparison: str) -> str:
        """Give the level of one comparison."""
        return self.levels[_PLACE[comparison]]


def score(left: Profile, right: Profile, table: Table = TABLE) -> Scored:
    """Compare two reports; the order in which they are given changes nothing."""
    levels = tuple([compare(left, right) for compare in COMPARISONS.values()])
    bits = [table.weight(name, level) for name, level in zip(COMPARISONS, levels, strict=True) if level]
    off = tuple(taken_off(left, right, levels, table))
    return Scored(levels, off, table.prior + sum(bits) - sum(less for _, less in off))


def taken_off(left: Profile, right: Profile, levels: Sequence[str], table: Table) -> Iterator[tuple[str, float]]:
    """Yield what agreements on common terms are worth less; never so much that agreeing would speak against."""
    for name, bits in damped(left, right):
        level = levels[_PLACE[name]]
        worth = table.weight(name, level) if level else 0.0
        if worth > 0:
            yield name, min(bits, worth)


def verdict(left: Profile, right: Profile, found: Scored, table: Table = TABLE) -> Verdict:
    """Give the model's verdict on two reports that were compared.

    Somebody under way in two places goes on there, however much else agrees. Time and what happened alone link nothing,
    however well they agree: a person is asked. RELATED are two incidents with one
    vehicle, person or number; a doubt comes before it: a person is asked first.
    """
    plate, person = found.level("plate"), found.level("person")
    if continues(left, right, plate, found.level("vehicle")):
        return "CONTINUES"
    if found.weight >= table.same_from:
        return "SAME" if _tells_where_or_who(found, table) else "UNSURE"
    if found.weight >= table.unsure_from:
        return "UNSURE"
    common = {name for name, _ in found.off}
    one_vehicle = plate == "same" and "plate" not in common
    one_person = person in _PERSON_OF_ONE and "person" not in common
    return "RELATED" if one_vehicle or one_person or found.level("reference") else "NOT_SAME"


def _tells_where_or_who(found: Scored, table: Table) -> bool:
    levels = ((name, found.level(name)) for name in IDENTIFYING_COMPARISONS)
    return any(level and table.weight(name, level) > 0 for name, level in levels)


def decision(
    left: Profile, right: Profile, found: Scored, word: Adjudication | None = None, table: Table = TABLE
) -> PairDecision:
    """Write a decision down; a person's word stands over the sum."""
    if left.report_id > right.report_id:
        left, right = right, left
    made: PairDecision = {
        "left": left.report_id,
        "right": right.report_id,
        "forms": (left.form, right.form),
        "verdict": verdict(left, right, found, table),
        "weight": found.weight,
        "source_weight": table.weight(SOURCE, found.level(SOURCE)) if found.level(SOURCE) else 0.0,
        "threshold": table.same_from,
        "levels": table.packed(found.levels),
        "decided_by": MODEL,
        "tables_version": table.version,
    }
    if word is not None and word["verdict"] != "WITHDRAWN":
        made["verdict"], made["decided_by"] = word["verdict"], word["by"]
    return made
