"""Evidence: what counts for and against a decision, derived from its two reports. Pure."""

from collections.abc import Mapping, Sequence

from schemas.records.incident import Comparison, ExplainedDecision, PairDecision
from streams.dedupe.compare import COMPARISONS
from streams.dedupe.compare_place import distance_m, uncertainty_m
from streams.dedupe.profile import Profile, apart_s
from streams.dedupe.score import deductions, score
from streams.dedupe.weights import PRIOR, TABLE, Table

FREQUENCY = "term frequency"
_WHEN_AND_WHERE = (("time",), ("distance", "address"))


def _detail(name: str, left: Profile, right: Profile) -> str:
    """Return what was compared, without personal data."""
    if name == "time":
        return f"{apart_s(left, right)} s apart"
    if name == "distance":
        return f"{distance_m(left, right) or 0.0:.0f} m apart, known to {uncertainty_m(left, right):.0f} m"
    if name == "offense":
        return " and ".join(sorted((left.concept, right.concept)))
    if name == "deeds":
        return ", ".join(sorted(set(left.words) & set(right.words)))
    return ""


def _rows(left: Profile, right: Profile, levels: Sequence[str], table: Table) -> list[Comparison]:
    rows: list[Comparison] = [{"name": PRIOR[0], "level": PRIOR[1], "weight": table.prior, "detail": ""}]
    for name, level in zip(COMPARISONS, levels, strict=True):
        if level:
            weight = table.weight(name, level)
            rows.append({"name": name, "level": level, "weight": weight, "detail": _detail(name, left, right)})
    less = deductions(left, right, levels, table)
    rows += [{"name": FREQUENCY, "level": name, "weight": 0.0 - bits, "detail": "common terms"} for name, bits in less]
    return rows


def add_evidence(decision: PairDecision, left: Profile, right: Profile, table: Table = TABLE) -> ExplainedDecision:
    """Return a decision with its evidence, weights in bits; `left` and `right` are its reports.

    The levels of a decision by another table cannot be read with this one, so the reports are compared again. An
    adjudication of reports that were never compared has no evidence.
    """
    if not decision["levels"]:
        levels: Sequence[str] = ()
    elif decision["tables_version"] == table.version:
        levels = table.unpacked(decision["levels"])
    else:
        levels = score(left, right, table).levels
    return {
        "left": decision["left"],
        "right": decision["right"],
        "verdict": decision["verdict"],
        "weight": decision["weight"],
        "threshold": decision["threshold"],
        "evidence": _rows(left, right, levels, table) if levels else [],
        "decided_by": decision["decided_by"],
        "tables_version": decision["tables_version"],
    }


def time_and_place_agree(decision: PairDecision, table: Table = TABLE) -> bool:
    """Return whether time and place, each on its own, count for one incident, whatever else agrees.

    False for a decision by another table, whose levels cannot be read: it is made again.
    """
    if not decision["levels"] or decision["tables_version"] != table.version:
        return False
    levels = dict(zip(COMPARISONS, table.unpacked(decision["levels"]), strict=True))
    weights_of = [[table.weight(name, levels[name]) for name in names if levels[name]] for names in _WHEN_AND_WHERE]
    return all(max(weights, default=0.0) > 0 for weights in weights_of)


class Explainer:
    """Adds evidence to decisions on the reports of `forms` (report id -> profile of each form), once per decision."""

    def __init__(self, forms: Mapping[str, Sequence[Profile]]) -> None:
        self._forms = forms
        self._known: dict[tuple[object, ...], ExplainedDecision] = {}

    def __call__(self, decision: PairDecision) -> ExplainedDecision:
        """Return a decision with its evidence."""
        left, right, forms = decision["left"], decision["right"], decision["forms"]
        # Audiences that see the same two forms may see more or less of an adjudication.
        key = (left, right, forms, decision["verdict"], decision["decided_by"], decision["levels"])
        if key not in self._known:
            self._known[key] = add_evidence(decision, self._forms[left][forms[0]], self._forms[right][forms[1]])
        return self._known[key]
