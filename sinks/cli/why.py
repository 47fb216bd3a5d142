"""The command `why`: the decision about two reports and its evidence, as one audience sees them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from schemas.identity import INTERNAL
from schemas.records.incident import ExplainedDecision
from sinks.access.session import OPERATIONS, Audience, Json, Purpose, checked, print_json, print_lines, read

if TYPE_CHECKING:
    from sinks.search.reader import Found

_EXAMPLES = """Examples:

interagency why el_paso_pd:26-053620 cerit_juarez:911-20260046749

interagency why el_paso_pd:26-053620 el_paso_so:S26037282 --as el_paso_pd --json"""

Report = Annotated[str, typer.Argument(metavar="REPORT", help="agency:source_id", callback=checked("report"))]


class NotCompared(Protocol):
    """Why two reports are never compared: the rule that keeps them apart, and a sentence."""

    @property
    def rule(self) -> str:
        """The rule's name."""

    @property
    def detail(self) -> str:
        """What it says of these two."""


Explain = Callable[[Mapping[str, Any], Mapping[str, Any]], ExplainedDecision | NotCompared]


@dataclass(frozen=True, slots=True)
class Answer:
    """What there is to tell of two reports, the smaller id first; not `recorded`: what the tables give now."""

    left: "Found"
    right: "Found"
    recorded: bool
    found: ExplainedDecision | NotCompared

    @property
    def together(self) -> bool:
        """True when both are in one incident of this audience now."""
        return self.left.incident.id == self.right.incident.id

    def as_json(self) -> dict[str, Any]:
        """Give one object: `decision` or `not_compared`, and the incidents that the reports are in."""
        decision, apart = (self.found, None) if isinstance(self.found, dict) else (None, self.found)
        return {
            "left": self.left.report["report_id"],
            "right": self.right.report["report_id"],
            "same_incident": self.together,
            "incidents": [self.left.incident.id, self.right.incident.id],
            "recorded": self.recorded,
            "decision": decision,
            "not_compared": apart and {"rule": apart.rule, "detail": apart.detail},
        }


def _explain(left: Mapping[str, Any], right: Mapping[str, Any]) -> ExplainedDecision | NotCompared:
    from streams.dedupe.explain import explain

    return explain(left, right)


def answer(left: "Found", right: "Found", explain: Explain) -> Answer:
    """Find the recorded decision about two reports in either incident; where there is none, compare them now."""
    from sinks.render.evidence import decision_on

    ids = left.report["report_id"], right.report["report_id"]
    for one in (left.incident, right.incident):
        decided = decision_on(one.source.get("decisions", []), *ids)
        if decided is not None:
            return Answer(left, right, True, decided)
    return Answer(left, right, False, explain(left.report, right.report))


def _now(told: Answer) -> str:
    """Tell where the reports are, and why that is not what their own decision says."""
    left, right = told.left.incident.id, told.right.incident.id
    verdict = told.found["verdict"] if isinstance(told.found, dict) else ""
    if told.together:
        by_others = "" if verdict == "SAME" else ": other reports connect them"
        return f"in one incident now, {left}{by_others}"
    apart = ": what is known of other reports keeps them apart" if verdict == "SAME" else ""
    return f"in two incidents now, {left} and {right}{apart}"


def lines(told: Answer) -> list[str]:
    """Tell an answer: both reports, the verdict, every comparison, and where the reports are now."""
    from schemas.runtime.text_layout import align_columns
    from sinks.render.evidence import VERDICTS, evidence_table, verdict_line
    from sinks.render.format import clean, moment, place

    reports = (told.left.report, told.right.report)
    heads = align_columns([(clean(one["report_id"]), moment(one.get("occurred_at")), place(one)) for one in reports])
    if not isinstance(told.found, dict):
        return [*heads, "", f"never compared: {told.found.rule}: {clean(told.found.detail)}", _now(told)]
    decision = told.found
    origin = [] if told.recorded else ["no decision is recorded; this is what comparing them gives now"]
    said = [verdict_line(decision), f"{VERDICTS[decision['verdict']]}; tables {clean(decision['tables_version'])}"]
    return [*heads, "", *origin, *said, _now(told), "", *evidence_table(decision)]


def distinct(left: str, right: str) -> None:
    """Refuse the same report twice. Raises: BadParameter."""
    if left == right:
        raise typer.BadParameter("name two different reports, as agency:source_id", param_hint="REPORT")


def why(
    left: Report, right: Report, audience: Audience = INTERNAL, purpose: Purpose = OPERATIONS, as_json: Json = False
) -> None:
    """Tell why two reports are one incident or are not: the verdict, and every comparison with its bits.

    Bits are the logarithm to base 2 of how much more likely the comparison is when both speak of one incident. Where no
    decision is recorded the two are compared now, or the rule is told that keeps them from being compared.
    """
    distinct(left, right)
    told = answer(*read(audience, lambda reading: reading.pair(left, right), purpose), _explain)
    if as_json:
        print_json(told.as_json())
    else:
        print_lines(lines(told))


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(epilog=_EXAMPLES)(why)
