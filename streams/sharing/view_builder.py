"""Build the views of an incident: one set of view records per audience, under names that no other audience can link."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from schemas.identity import INTERNAL, audience_secret, incident_id, view_id
from schemas.records.incident import IncidentState, PairDecision
from streams.dedupe.evidence import Explainer
from streams.incidents.batch import on_whole_reports
from streams.sharing import views
from streams.sharing.document import View, stub
from streams.sharing.exposures import exposed
from streams.sharing.notices import AllowedNotice
from streams.sharing.ports import AllowedNotices, OwnReports, SharedReports
from streams.sharing.view_state import ViewRecord, digest
from streams.sharing.visible import Report, Visible, read_report


class ViewBuilder:
    """Builds views; keeps the secrets that it derived from `master`."""

    def __init__(
        self,
        master: bytes,
        generation: int,
        own: OwnReports,
        shared: SharedReports,
        sealed: Set[str],
        notices: AllowedNotices,
    ) -> None:
        self._master, self._generation, self._own, self._shared = master, generation, own, shared
        self._sealed, self._notices = sealed, notices
        self._secrets: dict[str, bytes] = {}

    def view_id(self, audience: str, report_id: str) -> str:
        """Return the id of the view named after a report; internal sees every report and needs no secret."""
        if audience == INTERNAL:
            return incident_id([report_id])
        secret = self._secrets.get(audience) or audience_secret(self._master, audience)
        self._secrets[audience] = secret
        return view_id(secret, [report_id])

    def build(
        self, incident: Mapping[str, Any], members: Sequence[Mapping[str, Any]], now: int
    ) -> tuple[list[ViewRecord], list[ViewRecord]]:
        """Return all views of an incident at revision 0, and redirects from the names of their other reports.

        `now` is in UTC milliseconds. Raises: Configuration when a stored report cannot be read.
        """
        records: list[ViewRecord] = []
        redirects: list[ViewRecord] = []
        built: dict[tuple[str, ...], list[tuple[View, str]]] = {}
        reports = [read_report(member) for member in members]
        explain = Explainer(views.LazyProfiles(reports))
        audiences, allowed = self._visible(reports, incident["decisions"], now)
        for audience, visible in audiences.items():
            # Audiences that see the same reports in full get the same bytes, built once.
            names = tuple(report.report_id for report in visible.reports)
            key = names if visible.in_full else (audience, "", *names)
            if key not in built:
                built[key] = [(view, digest(view.state, None, view.document)) for view in views.build(visible, explain)]
            for view, view_digest in built[key]:
                record = self._record(incident, audience, view, view_digest, visible, allowed)
                records.append(record)
                others = (self.view_id(audience, other) for other in view.report_ids[1:])
                redirects += [self.stub(incident, audience, other, "MERGED", record.view_id) for other in others]
        return records, redirects

    def stub(
        self, incident: Mapping[str, Any], audience: str, name: str, state: IncidentState, into: str | None = None
    ) -> ViewRecord:
        """Return what remains of a view that ended."""
        document = stub(state, into)
        return ViewRecord(
            audience=audience,
            view_id=name,
            incident_id=incident["incident_id"],
            domain=incident["domain"],
            generation=self._generation,
            state=state,
            into=into,
            document=document,
            digest=digest(state, into, document),
        )

    def _record(
        self,
        incident: Mapping[str, Any],
        audience: str,
        view: View,
        view_digest: str,
        visible: Visible,
        allowed: Sequence[AllowedNotice],
    ) -> ViewRecord:
        shown = view.report_ids
        on_shown = audience == INTERNAL and allowed
        return ViewRecord(
            audience=audience,
            view_id=self.view_id(audience, shown[0]),
            incident_id=incident["incident_id"],
            domain=incident["domain"],
            generation=self._generation,
            state=view.state,
            into=None,
            document=view.document,
            digest=view_digest,
            published_at=view.published_at,
            report_ids=shown,
            exposed=exposed(visible, shown) if visible.grants else (),
            allowed=[each for each in allowed if each.notice["report_id"] in shown] if on_shown else (),
        )

    def _visible(
        self, reports: Sequence[Report], decisions: Sequence[PairDecision], now: int
    ) -> tuple[dict[str, Visible], Sequence[AllowedNotice]]:
        """Return what each audience sees, and the notices allowed on it; no audience can take another one's name."""
        internal = {INTERNAL: Visible(reports, on_whole_reports(decisions))}
        if self._sealed:
            reports = [report for report in reports if report.report_id not in self._sealed]
            decisions = [each for each in decisions if self._sealed.isdisjoint((each["left"], each["right"]))]
        own = {agency: Visible(visible, on_whole_reports(decisions)) for agency, visible in self._own(reports).items()}
        shared = self._shared(reports, decisions, now)
        return {**shared, **internal, **own}, self._notices(reports, on_whole_reports(decisions), shared, now)
