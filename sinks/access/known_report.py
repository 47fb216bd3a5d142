"""What is known of a report by its id alone, in ids and counts: asked before anything is ordered of it."""

from dataclasses import dataclass

from schemas.agencies import BUNDLED
from schemas.errors import Fatal, Transient
from schemas.identity import INTERNAL
from schemas.nearest_agencies import nearest
from schemas.topics import reports_topic
from sinks.access.agency_rows import agency_rows
from sinks.access.session import AccessSession
from sinks.index.names import PATTERN, parse
from sinks.index.port import ReadableIndex
from sinks.search.query import by_report

MOST_VIEWS = 1_000


class NothingKnown(Fatal):
    """Nothing is known of a report that was to be purged."""

    exit_code = 65


@dataclass(frozen=True, slots=True)
class View:
    """A view that shows a report: whose, its id, and which version."""

    audience: str
    view_id: str
    version: int


@dataclass(frozen=True, slots=True)
class KnownReport:
    """The views of a report, None where the index does not answer; `records`: with its source id on its agency's topic.

    `near`: the known agencies whose ids are most like that of its own, where nobody knows that one.
    """

    report_id: str
    views: tuple[View, ...] | None
    records: int = 0
    near: tuple[str, ...] = ()

    @property
    def received(self) -> bool:
        """Whether it was received, as far as can be seen."""
        return bool(self.views or self.records)

    def lines(self) -> list[str]:
        """Return it in sentences."""
        agency = self.report_id.partition(":")[0]
        if self.views:
            internal = next((view for view in self.views if view.audience == INTERNAL), self.views[0])
            audiences = sorted({view.audience for view in self.views})
            shown = f"shown to {len(audiences)} audiences: {', '.join(audiences)}"
            return [f"{self.report_id}: version {internal.version}, in incident {internal.view_id}, {shown}"]
        index = "the index does not answer" if self.views is None else "no view shows it"
        if self.records:
            return [f"{self.report_id}: {self.records} records of it on {reports_topic(agency)}, {index}"]
        near = f"; nobody knows agency {agency}, nearest known: {', '.join(self.near)}" if self.near else ""
        return [f"nothing is known of {self.report_id}: no record of it on its agency's topic, {index}{near}"]


async def views_of(index: ReadableIndex, report_id: str) -> tuple[View, ...]:
    """Return the current views of a report, of all audiences. Raises: Transient."""
    body = {**by_report(report_id), "size": MOST_VIEWS, "_source": ["reports.report_id", "reports.version"]}
    answer = await index.search(PATTERN, body)
    views = []
    for hit in answer["hits"]["hits"]:
        name = parse(hit["_index"])
        versions = [
            report.get("version", 0) for report in hit["_source"]["reports"] if report["report_id"] == report_id
        ]
        if name is not None:
            views.append(View(name.audience, hit["_id"], max(versions, default=0)))
    return tuple(views)


async def known_report(session: AccessSession, report_id: str) -> KnownReport:
    """Return what the index has of a report, and where that is nothing, what its agency's topic has.

    Raises: Transient without Kafka.
    """
    agency, _, source_id = report_id.partition(":")
    try:
        views: tuple[View, ...] | None = await views_of(session.index, report_id)
    except Transient:
        views = None
    if views:
        return KnownReport(report_id, views)
    rows = {*BUNDLED, *await agency_rows(session.topics)}
    near = () if agency in rows else tuple(name for _, name in nearest(agency, rows))
    records = await session.topics.count(reports_topic(agency), source_id.encode())
    return KnownReport(report_id, views, records, near)
