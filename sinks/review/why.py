"""Why two reports are one incident or are not, as one audience sees them; the comparison itself is handed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from schemas.records.incident import ExplainedDecision
from schemas.runtime.text_layout import align_columns
from sinks.access.session import AccessSession
from sinks.render.evidence import VERDICTS, decision_on, evidence_table, verdict_line
from sinks.render.format import clean, moment, place
from sinks.search.reader import ReportView


class NotCompared(Protocol):
    """Why two reports are never compared: the rule that keeps them apart, and a sentence."""

    @property
    def rule(self) -> str:
        """The rule's name."""

    @property
    def detail(self) -> str:
        """What it says of these two."""


Explain = Callable[[Mapping[str, Any], Mapping[str, Any]], ExplainedDecision | NotCompared]
"""Compares two reports as the index has them; handed in, as only `streams` compares."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What explains two reports, the smaller id first; not `recorded`: what the current tables give."""

    left: ReportView
    right: ReportView
    recorded: bool
    decision: ExplainedDecision | NotCompared

    @property
    def together(self) -> bool:
        """True when both are in one incident of this audience now."""
        return self.left.incident.id == self.right.incident.id

    def as_json(self) -> dict[str, Any]:
        """Return one object: `decision` or `not_compared`, and the incidents that the reports are in."""
        decision, apart = (self.decision, None) if isinstance(self.decision, dict) else (None, self.decision)
        return {
            "left": self.left.report["report_id"],
            "right": self.right.report["report_id"],
            "same_incident": self.together,
            "incidents": [self.left.incident.id, self.right.incident.id],
            "recorded": self.recorded,
            "decision": decision,
            "not_compared": apart and {"rule": apart.rule, "detail": apart.detail},
        }

    def lines(self) -> list[str]:
        """Return it for people: both reports, the verdict, every comparison, and where the reports are now."""
        reports = (self.left.report, self.right.report)
        heads = align_columns(
            [(clean(report["report_id"]), moment(report.get("occurred_at")), place(report)) for report in reports]
        )
        if not isinstance(self.decision, dict):
            rule = f"never compared: {self.decision.rule}: {clean(self.decision.detail)}"
            return [*heads, "", rule, self._whereabouts()]
        decision = self.decision
        origin = [] if self.recorded else ["no decision is recorded; this is what comparing them gives now"]
        verdict = f"{VERDICTS[decision['verdict']]}; tables {clean(decision['tables_version'])}"
        return [
            *heads,
            "",
            *origin,
            verdict_line(decision),
            verdict,
            self._whereabouts(),
            "",
            *evidence_table(decision),
        ]

    def _whereabouts(self) -> str:
        """Return where the reports are, and why that is not what their own decision says."""
        left, right = self.left.incident.id, self.right.incident.id
        verdict = self.decision["verdict"] if isinstance(self.decision, dict) else ""
        if self.together:
            by_others = "" if verdict == "SAME" else ": other reports connect them"
            return f"in one incident now, {left}{by_others}"
        apart = ": what is known of other reports keeps them apart" if verdict == "SAME" else ""
        return f"in two incidents now, {left} and {right}{apart}"


def explanation(left: ReportView, right: ReportView, explain: Explain) -> Explanation:
    """Return the recorded decision about two reports in either incident; where there is none, compare them now."""
    ids = left.report["report_id"], right.report["report_id"]
    for incident in (left.incident, right.incident):
        decided = decision_on(incident.source.get("decisions", []), *ids)
        if decided is not None:
            return Explanation(left, right, True, decided)
    return Explanation(left, right, False, explain(left.report, right.report))


async def explain_pair(
    session: AccessSession, pair: tuple[str, str], explain: Explain, audience: str, purpose: str
) -> Explanation:
    """Return what explains two reports as an audience sees them. Raises: NotFound, and as a reading."""
    async with session.reading(audience, purpose) as reading:
        left, right = await reading.pair(*pair)
    return explanation(left, right, explain)
