"""The dissemination level of a report, and how far each level lets it be shared; pure."""

from collections.abc import Mapping

from schemas.agreements import Outcome
from schemas.agreements.criteria import SharingCriteria
from schemas.records.agency import AgencyRow

OUTCOME_BY_LEVEL: Mapping[str, Outcome] = {"GREEN": Outcome.FULL, "YELLOW": Outcome.POINTER, "RED": Outcome.NONE}
"""NIEM j:IncidentDisseminationLevelCode; any other value counts as RED."""


def dissemination_level(report: SharingCriteria, row: AgencyRow) -> str:
    """Return the dissemination level of a report: its own, else the registry's for its offense family, else RED."""
    defaults = row["default_handling"]
    return report.level or defaults.get(report.family, defaults.get("*", "RED"))
