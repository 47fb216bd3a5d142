"""The table of match weights, and the verdict on two reports: the sum of what their comparisons weigh."""

from typing import NamedTuple

from schemas.records import Adjudication, Comparison, PairDecision
from streams.dedupe.cluster import MODEL
from streams.dedupe.compare import COMPARISONS, metres
from streams.dedupe.profiles import Profile, apart_s

TABLE_VERSION = "first-3"
SAME_FROM = 4.0
"""Bits from which two reports speak of one incident: what a shared block has against it, 3.2 bits, and some."""
UNSURE_FROM = 2.5
"""Bits from which a person is asked."""

# comparison -> level -> match weight, bits (log2 of how much likelier the level is for one incident than for two that
# share a block). Rounded from an additive fit on three development sets of equal weight; levels that these hardly have
# (claimed numbers, one agency twice) by judgement. The model that replaces this table estimates each.
WEIGHTS: dict[str, dict[str, float]] = {
    "time": {"1 min": 3.0, "3 min": 2.0, "6 min": 1.0, "10 min": 0.0, "16 min": -1.5, "30 min": -4.5, "wide": 0.0},
    "distance": {
        "40 m": 5.5,
        "120 m": 4.0,
        "300 m": 1.5,
        "700 m": 0.5,
        "1.5 km": -3.0,
        "4 km": -4.5,
        "farther": -7.0,
    },
    "address": {
        "same marker": 2.0,
        "near marker": 0.5,
        "other marker": -1.0,
        "same block": 3.0,
        "same crossing": 1.0,
        "same street": 1.5,
        "other block": -2.5,
        "other street": -2.5,
    },
    "offense": {"same": 1.5, "same family": 0.5, "together": -0.5, "other": -4.0},
    "plate": {"same": 4.0, "alike": 3.0, "other": -0.5},
    "person": {"same": 3.0, "a part": 3.0, "other": -1.0},
    "vehicle": {"same": 2.5, "alike": 1.0, "other": -2.5},
    "words": {"most shared": 1.0, "some shared": 0.0, "none shared": -1.0},
    "reference": {"claimed": 10.0},
    "source": {"same agency": -12.0, "called duplicate": -6.0},
}


class Scored(NamedTuple):
    """Two reports compared: the level of each comparison, and the sum of their weights in bits."""

    levels: tuple[str, ...]
    weight: float


def score(left: Profile, right: Profile) -> Scored:
    """Compare two reports; the order in which they are given changes nothing."""
    levels = tuple(compare(left, right) for compare in COMPARISONS.values())
    weight = sum(WEIGHTS[name][level] for name, level in zip(COMPARISONS, levels, strict=True) if level)
    return Scored(levels, weight)


def verdict(weight: float) -> str:
    """Give the model's verdict for a sum of weights."""
    return "SAME" if weight >= SAME_FROM else "UNSURE" if weight >= UNSURE_FROM else "NOT_SAME"


def _detail(name: str, left: Profile, right: Profile) -> str:
    """Say what was compared, without any value of a person."""
    if name == "time":
        return f"{apart_s(left, right)} s apart"
    if name == "distance":
        return f"{metres(left, right) or 0.0:.0f} m apart, known to {max(left.error_m, right.error_m):.0f} m"
    if name == "offense":
        return " and ".join(sorted((left.concept, right.concept)))
    if name == "words":
        return ", ".join(sorted(set(left.words) & set(right.words)))
    return ""


def decision(left: Profile, right: Profile, found: Scored, word: Adjudication | None = None) -> PairDecision:
    """Write a decision down with its evidence; a person's word stands over the sum."""
    if left.report_id > right.report_id:
        left, right = right, left
    evidence: list[Comparison] = [
        {"name": name, "level": level, "weight": WEIGHTS[name][level], "detail": _detail(name, left, right)}
        for name, level in zip(COMPARISONS, found.levels, strict=True)
        if level
    ]
    made: PairDecision = {
        "left": left.report_id,
        "right": right.report_id,
        "verdict": verdict(found.weight),  # type: ignore[typeddict-item]
        "weight": found.weight,
        "threshold": SAME_FROM,
        "evidence": evidence,
        "decided_by": MODEL,
        "tables_version": TABLE_VERSION,
    }
    if word is not None and word["verdict"] != "WITHDRAWN":
        made["verdict"], made["decided_by"] = word["verdict"], word["by"]
    return made
