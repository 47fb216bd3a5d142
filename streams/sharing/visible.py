"""What an audience sees of the reports in an incident: the reports, the decisions on them, and what grants them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from schemas.agreements import Outcome
from schemas.agreements.criteria import SharingCriteria, criteria_from_json, criteria_of
from schemas.records import codec
from schemas.records.incident import PairDecision, ReportVersion


class Report(NamedTuple):
    """A report as release reads it, decoded once.

    `document` is its JSON, `fields` the same parsed; `enriched` is the whole EnrichedReport; `published_at` is its
    CreateTime in Kafka, UTC milliseconds. `form` is the form in which it is seen: 0 is the whole report, None a form
    that links nothing.
    """

    report_id: str
    agency_id: str
    traffic: str
    cancelled: bool
    published_at: int
    document: bytes
    fields: Mapping[str, Any]
    search_text: str
    history: Sequence[ReportVersion]
    enriched: Mapping[str, Any]
    judged: SharingCriteria
    form: int | None = 0


def read_report(member: Mapping[str, Any]) -> Report:
    """Read a member of an Incident. Raises: Configuration when its EnrichedReport cannot be read."""
    enriched = codec.decode_trusted("enriched_report", member["enriched"])
    fields = orjson.loads(enriched["document"])
    return Report(
        report_id=enriched["report_id"],
        agency_id=enriched["agency_id"],
        traffic=enriched["traffic"],
        cancelled=enriched["cancelled"],
        published_at=enriched["source"]["timestamp"],
        document=enriched["document"],
        fields=fields,
        search_text=enriched["search_text"],
        history=member["history"],
        enriched=enriched,
        judged=criteria_from_json(enriched["judged"])
        if enriched["judged"]
        else criteria_of(enriched["agency_id"], fields),
    )


class Grant(NamedTuple):
    """What an audience is granted of a report: the outcome, the field groups withheld, and the deciding rules.

    `vettings` are the vetting levels without which the grant would be smaller.
    """

    outcome: Outcome
    withheld: frozenset[str]
    rules: tuple[str, ...]
    vettings: frozenset[str] = frozenset()


Pointer = Mapping[str, Any]
"""{agency, contact, cautions}: whom to call about a report of which nothing else is released."""


class Visible(NamedTuple):
    """What an audience sees of the reports in an incident.

    `decisions` are on the forms in which it sees the reports. `pointers`: visible report -> linked report -> whom to
    call about that one. `grants` holds one grant per report where an agreement applies; `redacted` is set when any
    visible report is not shown in full.
    """

    reports: Sequence[Report]
    decisions: Sequence[PairDecision]
    pointers: Mapping[str, Mapping[str, Pointer]] = MappingProxyType({})
    grants: Mapping[str, Grant] = MappingProxyType({})
    redacted: bool = False

    @property
    def in_full(self) -> bool:
        """Whether every audience that sees these reports in full gets the same view."""
        granted = [self.grants[report.report_id] for report in self.reports] if self.grants else ()
        return not self.pointers and not self.redacted and not any(grant.vettings for grant in granted)
