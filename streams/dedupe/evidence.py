"""Evidence: why a decision on two reports is what it is, spelled out from the two; pure."""

from collections.abc import Mapping, Sequence

from schemas.records.incident import Comparison, ExplainedDecision, PairDecision
from streams.dedupe.compare import COMPARISONS
from streams.dedupe.compare_place import metres, spread
from streams.dedupe.profile import Profile, apart_s
from streams.dedupe.score import score, taken_off
from streams.dedupe.weights import PRIOR, TABLE, Table

FREQUENCY = "term frequency"
_WHEN_AND_WHERE = (("time",), ("distance", "address"))


def _detail(name: str, left: Profile, right: Profile) -> str:
    """Say what was compared, without any value of a person."""
    if name == "time":
        return f"{apart_s(left, right)} s apart"
    if name == "distance":
        return f"{metres(left, right) or 0.0:.0f} m apart, known to {spread(left, right):.0f} m"
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
    off = taken_off(left, right, levels, table)
    rows += [{"name": FREQUENCY, "level": name, "weight": 0.0 - bits, "detail": "common terms"} for name, bits in off]
    return rows


def explained(one: PairDecision, left: Profile, right: Profile, table: Table = TABLE) -> ExplainedDecision:
    """Return a decision with its evidence; `left` and `right` are its reports.

    What another table decided tells nothing in the words of this one: it is compared again. A person's word on reports
    that were never compared has no evidence.
    """
    if not one["levels"]:
        levels: Sequence[str] = ()
    elif one["tables_version"] == table.version:
        levels = table.unpacked(one["levels"])
    else:
        levels = score(left, right, table).levels
    return {
        "left": one["left"],
        "right": one["right"],
        "verdict": one["verdict"],
        "weight": one["weight"],
        "threshold": one["threshold"],
        "evidence": _rows(left, right, levels, table) if levels else [],
        "decided_by": one["decided_by"],
        "tables_version": one["tables_version"],
    }


def meets(one: PairDecision, table: Table = TABLE) -> bool:
    """Tell whether time and place of two reports, each by itself, speak for one incident, whatever else is alike.

    What another table decided tells nothing: it is decided again.
    """
    if not one["levels"] or one["tables_version"] != table.version:
        return False
    levels = dict(zip(COMPARISONS, table.unpacked(one["levels"]), strict=True))
    told = [[table.weight(name, levels[name]) for name in names if levels[name]] for names in _WHEN_AND_WHERE]
    return all(max(weights, default=0.0) > 0 for weights in told)


class Explainer:
    """Explains decisions on the reports of `forms`, report id -> what each form is compared by, each once."""

    def __init__(self, forms: Mapping[str, Sequence[Profile]]) -> None:
        self._forms = forms
        self._known: dict[tuple[object, ...], ExplainedDecision] = {}

    def __call__(self, one: PairDecision) -> ExplainedDecision:
        """Return a decision with its evidence."""
        left, right, forms = one["left"], one["right"], one["forms"]
        # Of the same two forms, audiences are shown more or less of what a person said.
        key = (left, right, forms, one["verdict"], one["decided_by"], one["levels"])
        if key not in self._known:
            self._known[key] = explained(one, self._forms[left][forms[0]], self._forms[right][forms[1]])
        return self._known[key]
