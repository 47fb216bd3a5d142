"""A person's decision on a pair of reports: checked, written to Kafka and read back."""

from typing import Literal, cast

from schemas.errors import Denied, Fatal
from schemas.identity import pair_key
from schemas.records import codec
from schemas.records.order import Adjudication
from schemas.topics import ADJUDICATIONS
from sinks.access.ports import Topics
from sinks.access.session import AccessSession
from sinks.search.reader import NotFound, ReportView

Verdict = Literal["SAME", "NOT_SAME", "WITHDRAWN"]
EFFECT: dict[Verdict, str] = {
    "SAME": "they are one incident, whatever the comparison says",
    "NOT_SAME": "they stay apart, whatever the comparison says",
    "WITHDRAWN": "the earlier adjudication is lifted and the comparison decides",
}


class MixedTraffic(Fatal):
    """Actual, exercise and test traffic never meet in one incident."""

    exit_code = 65


def adjudication(
    left: ReportView, right: ReportView, verdict: Verdict, by: str, audience: str, why: str, at: int
) -> Adjudication:
    """Return the adjudication of two reports, the smaller id first; `at` in UTC milliseconds. Raises: MixedTraffic."""
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


async def adjudicate(
    session: AccessSession,
    pair: tuple[str, str],
    verdict: Verdict,
    audit: tuple[str, str],
    audience: str,
    purpose: str,
) -> Adjudication:
    """Write a person's verdict on a pair of reports, and return it once Kafka has it; `audit`: who decides, and why.

    Raises: Denied unless `audience` sees both reports in full and may adjudicate; MixedTraffic, Transient.
    """
    try:
        async with session.reading(audience, purpose, deciding=True) as reading:
            seen = await reading.pair(*pair)
    except NotFound as exc:
        # Without sight of both reports there is no right to adjudicate; the sentence tells neither apart.
        raise Denied(str(exc)) from None
    if any("withheld" in report_view.report for report_view in seen):
        raise Denied("an agreement withholds parts of these reports from you: adjudicating needs sight of both in full")
    by, why = audit
    new = adjudication(*seen, verdict, by, audience, why, session.now())
    await session.topics.write(*record_of(new))
    return new


def record_of(new: Adjudication) -> tuple[str, bytes, bytes, int]:
    """Return topic, key, value and time (UTC milliseconds) of the record of an adjudication.

    Raises: ValueError naming a field that does not fit.
    """
    key, value = pair_key(new["left"], new["right"]), codec.encode("adjudication", new)
    return ADJUDICATIONS.name, key, value, new["at"]


async def adjudications(topics: Topics) -> list[Adjudication]:
    """Return the newest adjudication of each pair, withdrawn ones too, oldest first. Raises: Transient."""
    values = [value for value in (await topics.newest(ADJUDICATIONS.name)).values() if value is not None]
    newest = [cast(Adjudication, codec.decode_trusted("adjudication", value)) for value in values]
    return sorted(newest, key=lambda adjudication: (adjudication["at"], adjudication["left"], adjudication["right"]))


def lines(new: Adjudication) -> list[str]:
    """Return what a person is shown of an adjudication that was written."""
    return [
        f"{new['verdict']}  {new['left']}  {new['right']}",
        f"written: {EFFECT[new['verdict']]}",
        "search, show and why show it once resolve and release have run (`interagency run`)",
    ]
