"""The command `report`: the statistics that are due to the council and partners of a partnership."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.runtime.clock import now_ms
from sinks.access.order_writer import milliseconds
from sinks.access.order_writer import told as who_and_why
from sinks.access.session import opened, print_json, print_lines, reader_name, write_down
from sinks.cli.agreement import AgreementId

if TYPE_CHECKING:
    from schemas.agreements import Agreement
    from schemas.agreements.model import Audience
    from schemas.records.audit import CouncilReport
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
    from schemas.errors import Denied
    from sinks.access.orders import named
    from sinks.partnership.council_report import issue, issued_reports, reporting_zone

    # What is no time or no reason at all is said before Kafka is asked.
    for text, last, option in ((since, False, "--from"), (until, True, "--to")):
        milliseconds(text, last, option)
    author, reason = who_and_why(by, why) if correct else ("", "")
    agreement = named(agreement_id)
    chosen = _chosen(agreement, audience)
    reports = issued_reports(agreement_id)
    zone = reporting_zone(agreement, reports)
    span = milliseconds(since, False, "--from", zone), milliseconds(until, True, "--to", zone)
    period = _period(agreement, span, zone)
    if period is None:
        if correct:
            raise typer.BadParameter("only a month or quarter that has ended is kept", param_hint="--correct")
        figures = _totals(agreement, span, zone)
        _give(out, agreement, chosen, figures, f"from {since or 'the beginning'} to {until or 'now'}", [])
        return
    if correct and not any(one["period"] == period.name for one in reports):
        raise typer.BadParameter(f"no report of {period.name} was made yet", param_hint="--correct")
    found = issue(agreement, period, reports, author or _reader(), reason)
    figures = _of(found)
    if not any(one.name in figures for one in chosen):
        raise Denied(f"it was counted before there was an audience {chosen[0].name}: --correct makes a new edition")
    _log_reading(agreement, [one for one in chosen if one.name in figures], found)
    # Not in what one partner gets alone: the number tells how often the others read.
    anchor = "" if audience else found["dissemination_anchor"]
    _give(out, agreement, chosen, figures, f"in {period.name} ({zone})", _lines(found, anchor), anchor)


def _chosen(agreement: "Agreement", audience: str) -> "list[Audience]":
    chosen = [one for one in agreement.audiences if audience in ("", one.name)]
    if not chosen:
        names = ", ".join(one.name for one in agreement.audiences)
        raise typer.BadParameter(f"{agreement.agreement_id} has the audiences {names}", param_hint="--audience")
    return chosen


def _period(agreement: "Agreement", span: tuple[int | None, int | None], zone: str) -> "Period | None":
    """Return the month or quarter that a time is, if it has ended. Raises: BadParameter where it is before the term."""
    from sinks.partnership.periods import calendar_period, day_of, span_of

    first, last = span
    if first is None or last is None or last <= first:
        return None
    days = day_of(first, zone), day_of(last - 1, zone)
    if span_of(*days, zone) != span:
        return None
    period = calendar_period(*days, day_of(agreement.begins, zone))
    if period is None or span_of(period.since, period.until, zone)[1] > now_ms():
        return None
    if period.until < day_of(agreement.begins, zone):
        raise typer.BadParameter(f"{agreement.agreement_id} begins after {period.until}", param_hint="--to")
    return period


def _totals(agreement: "Agreement", span: tuple[int | None, int | None], zone: str) -> dict[str, dict[str, Any]]:
    """Count a time that is no period of the calendar, in whole days."""
    from sinks.partnership.council_report import require_in_force, span_snapshots
    from sinks.partnership.periods import DAY, day_of, start_of
    from sinks.partnership.statistics import rounded_totals

    require_in_force(agreement, "this time")
    first = agreement.begins if span[0] is None else start_of(day_of(span[0], zone), zone)
    last = now_ms() if span[1] is None else start_of(day_of(span[1] - 1, zone) + DAY, zone)
    found = span_snapshots(agreement, {"": (first, last)})
    return rounded_totals(
        found[""].patterns, [one.name for one in agreement.audiences], bool(agreement.inquiry_services)
    )


def _reader() -> str:
    from schemas.runtime.settings import Settings

    return reader_name(Settings().role)


def _log_reading(agreement: "Agreement", chosen: "Sequence[Audience]", found: "CouncilReport") -> None:
    """Write down who is given a kept report; while the agreement is in force, who may read its audiences alone is."""
    asked = {"council_report": agreement.agreement_id, "period": found["period"], "edition": found["edition"]}
    for one in chosen:
        if agreement.in_force(now_ms()):
            opened(one.name, one.purposes[0])
        write_down(one.name, asked, [], one.purposes[0])


def _of(found: "CouncilReport") -> dict[str, dict[str, Any]]:
    """Give the figures of a kept report, each audience's with which report it is."""
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


def _give(
    out: Path | None,
    agreement: "Agreement",
    chosen: "Sequence[Audience]",
    figures: dict[str, dict[str, Any]],
    period: str,
    made: Sequence[str],
    anchor: str = "",
) -> None:
    """Print or write the figures of the audiences that were chosen."""
    from sinks.partnership.statistics import markdown

    told = {one.name: figures[one.name] for one in chosen if one.name in figures}
    noted = {"dissemination_anchor": anchor} if anchor else {}
    if out is None:
        print_json(told | noted)
        return
    if out.suffix == ".json":
        import orjson

        out.write_bytes(orjson.dumps(told | noted, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    else:
        out.write_text(markdown(agreement.title, period, told, made))
    print_lines([f"written: {out}"])
