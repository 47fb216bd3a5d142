"""How much of the council reports of the bundled feed is told, and how long they take: `make councils`.

The pure stages in one process, without services; January 2026 and its quarter, all vettings given.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import orjson

from deploy.council_counts import Snapshot, Terms, counted, snapshot
from deploy.council_reports import Made, make
from deploy.partnership_report import figures
from deploy.periods import named, span_of
from deploy.suppression import small
from schemas import wire
from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import BUNDLED, Agreement
from schemas.audited import CouncilReport
from schemas.orders import Vetting
from schemas.topics import INCIDENTS, RELEASED_INCIDENTS
from streams import release, resolve
from streams.notices import nothing_told
from streams.shares import shares
from streams.sharing import Registry
from tests.benchmarks.sharing import run
from tests.deploy.test_attacked import record
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
    shared = shares(agreements, Registry(AGENCIES.get, vetted))
    released = Runner(release.stage(b"m" * 32, 1, shares=shared, tells=nothing_told))
    run(released, as_records(resolving.topics[INCIDENTS.name]))
    newest: dict[str, dict[str, Any]] = defaultdict(dict)
    for output in released.topics[RELEASED_INCIDENTS.name]:
        view = wire.trusted("released_incident", output.value)
        newest[view["audience"]][view["view_id"]] = view.get("document")
    return {
        audience: [orjson.loads(document) for document in documents.values() if document]
        for audience, documents in newest.items()
    }


def snapshots(agreement: Agreement, seen: Views, period: str) -> dict[str, Snapshot]:
    """What the audiences of an agreement see of each month of a period."""
    terms = Terms(
        {agency: row["country"] for agency, row in AGENCIES.items()},
        agreement.checkpoints,
        {one.name: agreement.focus(one) for one in agreement.audiences},
    )
    spans = {
        month: span_of(named(month).since, named(month).until, agreement.time_zone) for month in named(period).months
    }
    return {
        month: snapshot(
            {
                one.name: [each for each in seen.get(one.name, ()) if counted(each, *span)]
                for one in agreement.audiences
            },
            terms,
        )
        for month, span in spans.items()
    }


def shown(made: Made, period: str, agreement: Agreement) -> Counter[str]:
    """Count the counts that a reader of the report sees, and those that are not told."""
    found = Counter[str]()
    for told in figures(made, period, [one.name for one in agreement.audiences]).values():
        counts = [value for name, value in told.items() if not isinstance(value, dict) and "median" not in name]
        counts += [value for table in told["tables"].values() for value in table.values()]
        found.update(shown=len(counts), not_told=sum(value is None for value in counts))
    return found


def main() -> None:
    """Print, for each agreement and period, how many counts of 5 and more are lost, and seconds."""
    seen = views()
    lost = tellable = 0
    print(f"{'agreement':16}{'period':9}{'counts':>8}{'1 to 4':>8}{'lost':>6}{'shown':>8}{'not told':>10}{'s':>7}")
    for agreement in BUNDLED.values():
        kept: list[CouncilReport] = []
        for period in PERIODS:
            months = [month for month in named(period).months if not any(month in one["counted"] for one in kept)]
            all_of_them = snapshots(agreement, seen, period)
            began = time.perf_counter()
            made = make(kept, named(period), {month: all_of_them[month] for month in months})
            took = time.perf_counter() - began
            kept.append(record(period, made))
            of_few = sum(map(small, made.counts.values()))
            more = len(made.withheld) - of_few
            lost, tellable = lost + more, tellable + len(made.counts) - of_few
            seen_by = shown(made, period, agreement)
            print(
                f"{agreement.agreement_id:16}{period:9}{len(made.counts):8}{of_few:8}{more:6}"
                f"{seen_by['shown']:8}{seen_by['not_told']:10}{took:7.2f}"
            )
    print(f"of {tellable} counts of 5 and more, {lost} are not told: {lost / tellable:.1%}")


if __name__ == "__main__":
    main()
