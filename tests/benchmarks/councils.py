"""Measure how much of the bundled feed's council reports is suppressed, and how long they take: `make councils`.

The pure stages in one process, without services; January 2026 and its quarter, all vettings in force.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import BUNDLED, Agreement
from schemas.agreements.register import Vetting
from schemas.records import codec
from schemas.records.audit import CouncilReport
from schemas.topics import INCIDENTS, RELEASED_INCIDENTS
from sinks.partnership.incident_counts import CountingTerms, Snapshot, is_counted, snapshot
from sinks.partnership.periods import period_named, span_of
from sinks.partnership.report_editions import Draft, draft
from sinks.partnership.statistics import statistics
from sinks.partnership.suppression import is_small
from streams import release, resolve
from streams.sharing.notices import no_notices
from streams.sharing.policy import Registry
from streams.sharing.visible_reports import reports_shared_under
from tests.benchmarks.sharing import run
from tests.sinks.partnership.editions import issued
from tests.streams import feeds
from tests.streams.fakes import Runner, as_records

FOREVER = 2**60
PERIODS = ("2026-01", "2026-Q1")
Views = Mapping[str, list[dict[str, Any]]]


def views() -> Views:
    """What every audience of the bundled agreements sees of the bundled feed."""
    agreements = list(BUNDLED.values())
    asked = [(one, who, level) for one in agreements for who in one.audiences for level in one.levels(who)]
    vetted = [Vetting(who.name, level, 0, FOREVER) for _, who, level in asked]
    resolving = Runner(resolve.stage(1))
    run(resolving, feeds.enriched(feeds.published()))
    shared = reports_shared_under(agreements, Registry(AGENCIES.get, vetted))
    released = Runner(release.stage(b"m" * 32, 1, shared=shared, notices=no_notices))
    run(released, as_records(resolving.topics[INCIDENTS.name]))
    newest: dict[str, dict[str, Any]] = defaultdict(dict)
    for output in released.topics[RELEASED_INCIDENTS.name]:
        view = codec.decode_trusted("released_incident", output.value)
        newest[view["audience"]][view["view_id"]] = view.get("document")
    return {
        audience: [orjson.loads(document) for document in documents.values() if document]
        for audience, documents in newest.items()
    }


def snapshots(agreement: Agreement, seen: Views, period: str) -> dict[str, Snapshot]:
    """What the audiences of an agreement see of each month of a period."""
    terms = CountingTerms(
        {agency: row["country"] for agency, row in AGENCIES.items()},
        agreement.checkpoints,
        {one.name: agreement.focus(one) for one in agreement.audiences},
    )
    spans = {
        month: span_of(period_named(month).since, period_named(month).until, agreement.time_zone)
        for month in period_named(period).months
    }
    return {
        month: snapshot(
            {
                one.name: [each for each in seen.get(one.name, ()) if is_counted(each, *span)]
                for one in agreement.audiences
            },
            terms,
        )
        for month, span in spans.items()
    }


def shown(made: Draft, period: str, agreement: Agreement) -> Counter[str]:
    """Count the counts that a reader of the report sees, and those that are not told."""
    found = Counter[str]()
    for told in statistics(made, period, [one.name for one in agreement.audiences]).values():
        counts = [value for name, value in told.items() if not isinstance(value, dict) and "median" not in name]
        counts += [value for table in told["tables"].values() for value in table.values()]
        found.update(shown=len(counts), not_told=sum(value is None for value in counts))
    return found


class Measured(NamedTuple):
    """A report: its counts, those of 1 to 4, those of more that are lost, what is seen, its nulls, and seconds."""

    agreement: str
    period: str
    counts: int
    few: int
    lost: int
    shown: int
    not_told: int
    seconds: float


def measured(seen: Views) -> Iterator[Measured]:
    """Make the reports of each agreement, one after the other."""
    for agreement in BUNDLED.values():
        kept: list[CouncilReport] = []
        for period in PERIODS:
            months = [
                month for month in period_named(period).months if not any(month in one["counted"] for one in kept)
            ]
            found = snapshots(agreement, seen, period)
            began = time.perf_counter()
            made = draft(kept, period_named(period), {month: found[month] for month in months})
            took = time.perf_counter() - began
            kept.append(issued(period, made))
            few, who = sum(map(is_small, made.counts.values())), shown(made, period, agreement)
            lost = len(made.suppressed) - few
            yield Measured(
                agreement.agreement_id, period, len(made.counts), few, lost, who["shown"], who["not_told"], took
            )


def main() -> None:
    """Print a line for each report."""
    found = list(measured(views()))
    print(f"{'agreement':16}{'period':9}{'counts':>8}{'1 to 4':>8}{'lost':>6}{'shown':>8}{'not told':>10}{'s':>7}")
    for one in found:
        row = f"{one.agreement:16}{one.period:9}{one.counts:8}{one.few:8}{one.lost:6}{one.shown:8}{one.not_told:10}"
        print(f"{row}{one.seconds:7.2f}")
    lost, more = sum(one.lost for one in found), sum(one.counts - one.few for one in found)
    print(f"of {more} counts of 5 and more, {lost} are not told: {lost / more:.1%}")


if __name__ == "__main__":
    main()
