"""What is known of a report by its id alone, in ids and counts: asked before something is ordered of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.errors import Fatal, Transient
from schemas.identity import INTERNAL
from schemas.topics import reports_topic

if TYPE_CHECKING:
    from producers.delivery.port import TopicAdmin

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
class Known:
    """The views of a report, None where the index does not answer; `records`: with its source id on its agency's topic.

    `near`: the known agencies that are most like its own, where nobody knows that.
    """

    report_id: str
    views: tuple[View, ...] | None
    records: int = 0
    near: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether it came, as far as can be told."""
        return bool(self.views or self.records)

    def lines(self) -> list[str]:
        """Tell it in sentences."""
        agency = self.report_id.partition(":")[0]
        if self.views:
            internal = next((one for one in self.views if one.audience == INTERNAL), self.views[0])
            audiences = sorted({one.audience for one in self.views})
            shown = f"shown to {len(audiences)} audiences: {', '.join(audiences)}"
            return [f"{self.report_id}: version {internal.version}, in incident {internal.view_id}, {shown}"]
        index = "the index does not answer" if self.views is None else "no view shows it"
        if self.records:
            return [f"{self.report_id}: {self.records} records of it on {reports_topic(agency)}, {index}"]
        near = f"; nobody knows agency {agency}, nearest known: {', '.join(self.near)}" if self.near else ""
        return [f"nothing is known of {self.report_id}: no record of it on its agency's topic, {index}{near}"]


def views_of(report_id: str) -> tuple[View, ...]:
    """Ask the index for the living views of a report, of all audiences. Raises: Transient."""
    from schemas.runtime.settings import Settings, endpoints
    from sinks.index.elastic import asked_once
    from sinks.index.names import PATTERN, parse
    from sinks.search.query import by_report

    body = {**by_report(report_id), "size": MOST_VIEWS, "_source": ["reports.report_id", "reports.version"]}
    answer = asked_once(endpoints(Settings()).elasticsearch, lambda index: index.search(PATTERN, body))
    found = []
    for hit in answer["hits"]["hits"]:
        name = parse(hit["_index"])
        versions = [one.get("version", 0) for one in hit["_source"]["reports"] if one["report_id"] == report_id]
        if name is not None:
            found.append(View(name.audience, hit["_id"], max(versions, default=0)))
    return tuple(found)


def known_of(admin: "TopicAdmin", report_id: str) -> Known:
    """Ask the index, and where that has nothing the topic of the report's agency. Raises: Transient without Kafka."""
    from producers.delivery.agency_registry import load_rows
    from producers.validation.nearest_agencies import nearest
    from schemas.agencies import BUNDLED

    agency, _, source_id = report_id.partition(":")
    try:
        shown: tuple[View, ...] | None = views_of(report_id)
    except Transient:
        shown = None
    if shown:
        return Known(report_id, shown)
    rows = {*BUNDLED, *load_rows(admin)}
    near = () if agency in rows else tuple(name for _, name in nearest(agency, rows))
    return Known(report_id, shown, admin.count_keyed(reports_topic(agency), source_id.encode()), near)
