"""The command `why`: the decision about two reports and its evidence, as one audience sees them."""

from typing import TYPE_CHECKING

import typer

from schemas.identity import INTERNAL
from sinks.cli.options import OPERATIONS, Audience, Json, Purpose, ReportId, distinct
from sinks.cli.output import print_json, print_lines
from sinks.cli.session import run

if TYPE_CHECKING:
    from sinks.review.why import Explain

_EXAMPLES = """Examples:

interagency why el_paso_pd:26-053620 cerit_juarez:911-20260046749

interagency why el_paso_pd:26-053620 el_paso_so:S26037282 --as el_paso_pd --json"""


def register(app: typer.Typer, explain: "Explain") -> None:
    """Add the command to the front door; `explain` compares two reports between which no decision is recorded."""

    def why(
        left: ReportId,
        right: ReportId,
        audience: Audience = INTERNAL,
        purpose: Purpose = OPERATIONS,
        as_json: Json = False,
    ) -> None:
        """Explain why two reports are one incident or are not: the verdict, and every comparison with its bits.

        Bits are the logarithm to base 2 of how much more likely the comparison is when both describe one incident.
        Where no decision is recorded the two are compared now, or the rule is shown that keeps them from that.
        """
        from sinks.review.why import explain_pair

        distinct(left, right)
        explanation = run(lambda session: explain_pair(session, (left, right), explain, audience, purpose))
        if as_json:
            print_json(explanation.as_json())
        else:
            print_lines(explanation.lines())

    app.command(epilog=_EXAMPLES)(why)
