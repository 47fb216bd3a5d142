"""Adjudications: the newest verdict of a person on each pair of reports, read whole before the first batch."""

from schemas.records.order import Adjudication


class Adjudications:
    """Adjudications by report and other report; a withdrawn one counts as none."""

    def __init__(self) -> None:
        self._by_report: dict[str, dict[str, Adjudication]] = {}

    def apply(self, adjudication: Adjudication) -> None:
        """Apply the newest adjudication of a pair in place of the former one."""
        left, right = adjudication["left"], adjudication["right"]
        for report, other in ((left, right), (right, left)):
            if adjudication["verdict"] == "WITHDRAWN":
                self._by_report.get(report, {}).pop(other, None)
            else:
                self._by_report.setdefault(report, {})[other] = adjudication

    def on(self, left: str, right: str) -> Adjudication | None:
        """Return the adjudication of a pair, None where nobody adjudicated it."""
        return self._by_report.get(left, {}).get(right)

    def about(self, report_id: str) -> dict[str, Adjudication]:
        """Return the adjudications of all pairs of a report: other report -> adjudication."""
        return self._by_report.get(report_id, {})

    def pairs(self) -> dict[tuple[str, str], str]:
        """Return the verdict on every adjudicated pair, the smaller report id first."""
        return {
            (report, other): adjudication["verdict"]
            for report, of_report in self._by_report.items()
            for other, adjudication in of_report.items()
            if report.encode() < other.encode()
        }
