"""Reports of the bundled agencies with markings, and the bundled agreements at a moment when all are in force."""

from datetime import UTC, datetime
from typing import Any

from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import BUNDLED, Agreement, Audience, agreement_of
from schemas.agreements.register import Vetting
from schemas.codes.offenses import CONCEPTS
from schemas.records.incident import PairDecision
from streams.sharing import visible
from streams.sharing.policy import Registry, grant, withholdings
from streams.sharing.visible import Grant
from streams.sharing.visible_reports import redacted
from tests.streams.worlds import decision, member

NOW = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp() * 1000)
"""All bundled agreements are in force."""
DAY = 86_400_000
VETTED = (
    Vetting("actt-mx", "background_check", NOW - DAY, NOW + DAY),
    Vetting("best-stx-arms", "arms_trafficking_unit", NOW - DAY, NOW + DAY),
)
REGISTRY = Registry(AGENCIES.get, VETTED)
UNVETTED = Registry(AGENCIES.get)


def offense(concept: str, *nibrs: str, text: str = "") -> dict[str, Any]:
    """The offense of a report as intake tells it."""
    found = CONCEPTS[concept]
    return {"concept": concept, "family": found.family, "nibrs": [*found.nibrs[:1], *nibrs], "text": text}


def handling(level: str = "GREEN", **changes: Any) -> dict[str, Any]:
    """Who may see a report, as the source tells it."""
    return {"owner_level": level, **changes}


def marked(report_id: str, concept: str = "HOMICIDE", **changes: Any) -> dict[str, Any]:
    """A member of an incident, GREEN and of this offense unless `changes` of its JSON tell otherwise."""
    told = {"offense": offense(concept), "handling": handling(), **changes}
    by = visible.read_report(member(report_id, **told)).judged
    return member(report_id, forms=withholdings(by, BUNDLED.values(), REGISTRY), **told)


def report(report_id: str, concept: str = "HOMICIDE", **changes: Any) -> visible.Report:
    """The same as release reads it."""
    return visible.read_report(marked(report_id, concept, **changes))


def audience(name: str) -> tuple[Agreement, Audience]:
    """A bundled audience and its agreement."""
    found = agreement_of(name, BUNDLED.values())
    assert found is not None
    return found


def granted(name: str, one: visible.Report, registry: Registry = REGISTRY, now: int = NOW) -> Grant:
    """What an audience of a bundled agreement gets of a report."""
    agreement, who = audience(name)
    return grant(one.judged, who, agreement, registry, now)


def linked(name: str, left: dict[str, Any], right: dict[str, Any], margin: float = 9.0) -> PairDecision:
    """A decision on the forms of two members that a bundled audience sees."""
    reports = {one.report_id: one for one in map(visible.read_report, (left, right))}
    found = {key: redacted(one, granted(name, one).withheld).form for key, one in reports.items()}
    made = decision(left["report_id"], right["report_id"], margin)
    return {**made, "forms": (found[made["left"]] or 0, found[made["right"]] or 0)}
