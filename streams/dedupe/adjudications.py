"""What persons said about pairs of reports: the newest word on each pair, read whole before the first batch."""

from schemas.records.order import Adjudication


class Words:
    """Adjudications by report and other report; a withdrawn word is no word."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, Adjudication]] = {}

    def learn(self, word: Adjudication) -> None:
        """Take the newest word on a pair in."""
        for one, other in ((word["left"], word["right"]), (word["right"], word["left"])):
            if word["verdict"] == "WITHDRAWN":
                self._of.get(one, {}).pop(other, None)
            else:
                self._of.setdefault(one, {})[other] = word

    def on(self, left: str, right: str) -> Adjudication | None:
        """Give the word on a pair, if anybody said one."""
        return self._of.get(left, {}).get(right)

    def about(self, report_id: str) -> dict[str, Adjudication]:
        """Give the words on all pairs of a report: other report -> word."""
        return self._of.get(report_id, {})

    def pairs(self) -> dict[tuple[str, str], str]:
        """Give the verdict on every pair on which a word stands, the smaller report id first."""
        return {
            (one, other): word["verdict"]
            for one, words in self._of.items()
            for other, word in words.items()
            if one.encode() < other.encode()
        }
