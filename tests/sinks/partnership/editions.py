"""Council reports as they are issued from a draft."""

from schemas.records.audit import CouncilReport
from sinks.partnership.report_editions import Draft, pack_snapshots, pack_suppressed


def issued(period: str, report: Draft) -> CouncilReport:
    """Return the record of a report that was issued for a period under the agreement `x`."""
    return {
        "agreement_id": "x",
        "number": report.number,
        "period": period,
        "edition": report.edition,
        "time_zone": "UTC",
        "agreement_version": 1,
        "counted": dict(report.counted),
        "snapshots": pack_snapshots(report.snapshots),
        "withheld": pack_suppressed(report),
        "figures": "",
        "code_version": "",
        "tables_version": "",
        "by": "",
        "why": "",
        "dissemination_anchor": "",
        "at": 0,
    }
