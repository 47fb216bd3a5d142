"""A person's word on a pair of reports: made, written to Kafka, read back and told."""

from typing import TYPE_CHECKING, Literal, cast

from schemas.errors import Fatal
from schemas.identity import pair_key
from schemas.records import codec
from schemas.records.order import Adjudication
from schemas.topics import ADJUDICATIONS

if TYPE_CHECKING:
    from producers.delivery.port import TopicAdmin
    from sinks.search.reader import Found

Verdict = Literal["SAME", "NOT_SAME", "WITHDRAWN"]
EFFECT: dict[Verdict, str] = {
    "SAME": "they are one incident, whatever the comparison says",
    "NOT_SAME": "they stay apart, whatever the comparison says",
    "WITHDRAWN": "the earlier word is lifted and the comparison decides",
}


class MixedTraffic(Fatal):
    """Actual, exercise and test traffic never meet in one incident."""

    exit_code = 65


def adjudication(
    left: "Found", right: "Found", verdict: Verdict, by: str, audience: str, why: str, at: int
) -> Adjudication:
    """Make the word on two reports, the smaller id first; `at` in UTC milliseconds. Raises: MixedTraffic."""
    if left.report["traffic"] != right.report["traffic"]:
        kinds = f"{left.report['traffic']} and {right.report['traffic']}"
        raise MixedTraffic(f"these reports are of two kinds of traffic, {kinds}, which never meet")
    smaller, greater = sorted((left.report["report_id"], right.report["report_id"]), key=str.encode)
    return {
        "left": smaller,
        "right": greater,
        "verdict": verdict,
        "by": by,
        "audience": audience,
        "why": why,
        "at": at,
    }


def framed(word: Adjudication) -> tuple[str, bytes, bytes, int]:
    """Give topic, key, value and time of the record that tells a word."""
    value = codec.encode("adjudication", word)
    return ADJUDICATIONS.name, pair_key(word["left"], word["right"]), value, word["at"]


def words(admin: "TopicAdmin") -> list[Adjudication]:
    """Give the newest word on each pair, withdrawn ones too, in the order in which they were said."""
    values = [value for value in admin.read_compacted(ADJUDICATIONS.name).values() if value is not None]
    found = [cast(Adjudication, codec.decode_trusted("adjudication", value)) for value in values]
    return sorted(found, key=lambda word: (word["at"], word["left"], word["right"]))


def lines(word: Adjudication) -> list[str]:
    """Tell a word that was written."""
    return [
        f"{word['verdict']}  {word['left']}  {word['right']}",
        f"written: {EFFECT[word['verdict']]}",
        "search, show and why tell it once resolve and release have run (`interagency run`)",
    ]
