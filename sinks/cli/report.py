"""The command `report`: the statistics that are due to the council and partners of a partnership."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sinks.cli.options import AgreementId, audit_fields, milliseconds
from sinks.cli.output import print_json, print_lines
from sinks.cli.session import run

if TYPE_CHECKING:
    from schemas.agreements import Agreement
    from schemas.agreements.model import Audience
    from schemas.records.audit import CouncilReport
    from sinks.access.session import AccessSession
    from sinks.partnership.periods import Period

_EXAMPLES = """Examples:

interagency report cit --from 2026-07-01 --to 2026-09-30 --out council-2026-q3.md

interagency report actt --from 2026-10-01 --to 2026-10-31 --audience actt-mx --out partner.json

interagency report cit --from 2026-07-01 --to 2026-09-30 --correct --by clerk-1 --why "late reports of August" """


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(epilog=_EXAMPLES)(report)


def report(
    agreement_id: AgreementId,
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Occurred then or later.")] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Occurred before; of a date, its end.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Markdown, or JSON as *.json.")] = None,
    audience: Annotated[
        str,
        typer.Option(
            "--audience", metavar="NAME", help="Only what this one sees: for a partner, who else could subtract."
        ),
    ] = "",
    correct: Annotated[bool, typer.Option("--correct", help="Count the period again, as a new edition.")] = False,
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Login of who corrects.")] = "",
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why it is corrected, kept for ever.")] = "",
) -> None:
    """Write a partnership's statistics, of what each of its audiences sees: no persons, small cells suppressed.

    A month or quarter that has ended, in the agreement's time zone, gives a report that is kept: the same whenever it
    is asked for, and protected against all others. Any other time gives totals of 20 and more, in steps of 20.
    77 when it was not made and the agreement is not in force.
    """
    # A text that is not a time or a reason at all is refused before Kafka is asked.
    for text, last, option in ((since, False, "--from"), (until, True, "--to")):
        milliseconds(text, last, option)
    author, reason = audit_fields(by, why) if correct else ("", "")
    asked = _Asked(agreement_id, audience, since, until, correct, author, reason)
    _write(out, run(asked.answer))


@dataclass(frozen=True, slots=True)
class _Statistics:
    """What is printed or written: the statistics of the audiences that were chosen, and how they came about."""

    agreement: "Agreement"
    by_audience: dict[str, dict[str, Any]]
    period: str
    origin: Sequence[str] = ()
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options of `report`; an empty `audience` is every one."""

    agreement_id: str
    audience: str
    since: str | None
    until: str | None
    correct: bool
    author: str
    reason: str

    async def answer(self, session: "AccessSession") -> _Statistics:
        """Return the statistics that are asked for. Raises: BadParameter, Denied, Transient, Configuration."""
        from sinks.access.orders import current_agreement
        from sinks.partnership.council_report import issued_reports, reporting_zone

        agreement = await current_agreement(session.topics, self.agreement_id)
        chosen = _chosen(agreement, self.audience)
        reports = await issued_reports(session.topics, self.agreement_id)
        zone = reporting_zone(agreement, reports)
        span = milliseconds(self.since, False, "--from", zone), milliseconds(self.until, True, "--to", zone)
        period = _period(agreement, span, zone, session.now())
        if period is not None:
            return await self._kept(session, agreement, chosen, period, reports, zone)
        if self.correct:
            raise typer.BadParameter("only a month or quarter that has ended is kept", param_hint="--correct")
        totals = await _totals(session, agreement, span, zone)
        times = f"from {self.since or 'the beginning'} to {self.until or 'now'}"
        return _Statistics(agreement, {one.name: totals[one.name] for one in chosen if one.name in totals}, times)

    async def _kept(
        self,
        session: "AccessSession",
        agreement: "Agreement",
        chosen: "Sequence[Audience]",
        period: "Period",
        reports: "Sequence[CouncilReport]",
        zone: str,
    ) -> _Statistics:
        """Return the kept report of a period, made now where there is none or a correction is asked for."""
        from schemas.errors import Denied
        from sinks.access.session import reader_name
        from sinks.partnership.council_report import issue

        if self.correct and not any(one["period"] == period.name for one in reports):
            raise typer.BadParameter(f"no report of {period.name} was made yet", param_hint="--correct")
        author = self.author or reader_name(session.settings.role)
        kept = await issue(session, agreement, period, reports, author, self.reason)
        statistics = _of(kept)
        shown = [one for one in chosen if one.name in statistics]
        if not shown:
            raise Denied(f"it was counted before there was an audience {chosen[0].name}: --correct makes a new edition")
        await _log_reading(session, agreement, shown, kept)
        # Not in what one partner gets alone: the number tells how often the others read.
        anchor = "" if self.audience else kept["dissemination_anchor"]
        by_audience = {one.name: statistics[one.name] for one in shown}
        return _Statistics(agreement, by_audience, f"in {period.name} ({zone})", _lines(kept, anchor), anchor)


def _chosen(agreement: "Agreement", audience: str) -> "list[Audience]":
    chosen = [one for one in agreement.audiences if audience in ("", one.name)]
    if not chosen:
        names = ", ".join(one.name for one in agreement.audiences)
        raise typer.BadParameter(f"{agreement.agreement_id} has the audiences {names}", param_hint="--audience")
    return chosen


def _period(agreement: "Agreement", span: tuple[int | None, int | None], zone: str, now: int) -> "Period | None":
    """Return the month or quarter that a time is, if it has ended. Raises: BadParameter where it is before the term."""
    from sinks.partnership.periods import calendar_period, day_of, span_of

    first, last = span
    if first is None or last is None or last <= first:
        return None
    days = day_of(first, zone), day_of(last - 1, zone)
    if span_of(*days, zone) != span:
        return None
    period = calendar_period(*days, day_of(agreement.begins, zone))
    if period is None or span_of(period.since, period.until, zone)[1] > now:
        return None
    if period.until < day_of(agreement.begins, zone):
        raise typer.BadParameter(f"{agreement.agreement_id} begins after {period.until}", param_hint="--to")
    return period


async def _totals(
    session: "AccessSession", agreement: "Agreement", span: tuple[int | None, int | None], zone: str
) -> dict[str, dict[str, Any]]:
    """Count a time that is not a period of the calendar, in whole days."""
    from sinks.partnership.council_report import require_in_force, span_snapshots
    from sinks.partnership.periods import DAY, day_of, start_of
    from sinks.partnership.statistics import rounded_totals

    now = session.now()
    require_in_force(agreement, "this time", now)
    first = agreement.begins if span[0] is None else start_of(day_of(span[0], zone), zone)
    last = now if span[1] is None else start_of(day_of(span[1] - 1, zone) + DAY, zone)
    counted = await span_snapshots(session, agreement, {"": (first, last)})
    return rounded_totals(
        counted[""].patterns, [one.name for one in agreement.audiences], bool(agreement.inquiry_services)
    )


async def _log_reading(
    session: "AccessSession", agreement: "Agreement", chosen: "Sequence[Audience]", kept: "CouncilReport"
) -> None:
    """Log who is given a kept report; while the agreement is in force, only who may read its audiences is."""
    asked = {"council_report": agreement.agreement_id, "period": kept["period"], "edition": kept["edition"]}
    for one in chosen:
        if agreement.in_force(session.now()):
            await session.admit(one.name, one.purposes[0])
        await session.log_disclosure(one.name, asked, [], one.purposes[0])


def _of(found: "CouncilReport") -> dict[str, dict[str, Any]]:
    """Return the statistics of a kept report by audience, each with which report it is."""
    import orjson

    from sinks.render.format import moment

    which = {name: found[name] for name in ("period", "edition", "time_zone")}
    which |= {"made_at": moment(found["at"]), **({"correction": found["why"]} if found["why"] else {})}
    return {name: {**counts, "report": which} for name, counts in orjson.loads(found["figures"]).items()}


def _lines(found: "CouncilReport", anchor: str) -> list[str]:
    from sinks.render.format import clean, moment

    lines = [
        f"Edition {found['edition']}, made on {moment(found['at'])} UTC and kept: the same whenever it is asked for."
    ]
    lines += [f"A correction: {clean(found['why'])}"] if found["why"] else []
    return [*lines, f"Dissemination log, for `dissemination verify --anchor`: {anchor}"] if anchor else lines


def _write(out: Path | None, found: _Statistics) -> None:
    """Print statistics, or write them to a file."""
    from sinks.partnership.statistics import markdown

    anchor = {"dissemination_anchor": found.anchor} if found.anchor else {}
    if out is None:
        print_json(found.by_audience | anchor)
        return
    if out.suffix == ".json":
        import orjson

        value = found.by_audience | anchor
        out.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    else:
        out.write_text(markdown(found.agreement.title, found.period, found.by_audience, found.origin))
    print_lines([f"written: {out}"])
