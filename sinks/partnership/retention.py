"""Retention: for how many years a report is kept, by its agency's schedule and by agreements that share it; pure.

Within one schedule (an agency's own, or an agreement's) the row that fits most closely holds; of several schedules
the one that obliges to the shortest time. This index is a shared copy: what an agency keeps for longer is in its own
system.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import MAXYEAR, UTC, datetime
from typing import Any, NamedTuple

from schemas.agreements import FAMILIES
from schemas.errors import Configuration
from schemas.tables.reader import parse_table
from schemas.topics import AGENCY_ID

COLUMNS = ("agreement", "agency", "family", "years", "source")
"""An empty agreement: the agency's own schedule; an empty agency or family: every one."""
MOST_YEARS = 100
_YEARS = re.compile(r"[1-9][0-9]{0,2}")


class RetentionRule(NamedTuple):
    """A row: reports of an agency, of an offense family, shared under an agreement, go after so many years."""

    agreement: str
    agency: str
    family: str
    years: int
    source: str

    def fits(self, agency: str, family: str) -> bool:
        """Return whether it speaks of reports of an agency and an offense family."""
        return self.agency in ("", agency) and self.family in ("", family)

    @property
    def closeness(self) -> tuple[bool, bool]:
        """How closely it fits: a row for an agency holds before one for a family, one for both before either."""
        return bool(self.agency), bool(self.family)

    def __str__(self) -> str:
        whose = " ".join(filter(None, (self.agreement, self.agency, self.family))) or "every report"
        return f"{whose}: {self.years} years ({self.source})"


class DueReport(NamedTuple):
    """A report whose time is over since `due_at`, by `rule`; a hold keeps it all the same. UTC milliseconds."""

    due_at: int
    report_id: str
    agency: str
    family: str
    counted_from: int
    rule: str
    held: bool

    def as_json(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return self._asdict()


def parse_rules(text: str, name: str) -> list[RetentionRule]:
    """Read a table of rules strictly. Raises: Configuration naming file, line and field."""
    rules: dict[tuple[str, str, str], RetentionRule] = {}
    for line, row in parse_table(text, name, COLUMNS):
        where, years = f"{name}, line {line}", row["years"]
        if row["agency"] and not AGENCY_ID.fullmatch(row["agency"]):
            raise Configuration(f"{where}, agency: {row['agency']!r} is no agency id")
        if row["family"] and row["family"] not in FAMILIES:
            raise Configuration(f"{where}, family: {row['family']!r} is no offense family")
        if not (_YEARS.fullmatch(years) and int(years) <= MOST_YEARS):
            raise Configuration(f"{where}, years: a whole number from 1 to {MOST_YEARS}")
        key = row["agreement"], row["agency"], row["family"]
        if key in rules:
            raise Configuration(f"{where}: two rows for the same agreement, agency and family")
        rules[key] = RetentionRule(*key, int(years), row["source"])
    return list(rules.values())


def refuse_unknown(rules: Iterable[RetentionRule], agreements: Collection[str]) -> None:
    """Refuse a rule of an agreement that nobody knows: it would keep reports for ever. Raises: Configuration."""
    unknown = sorted({one.agreement for one in rules} - {"", *agreements})
    if unknown:
        raise Configuration(f"the retention table names agreements that do not exist: {', '.join(unknown)}")


def years_later(at: int, years: int) -> int:
    """Return the same date and time so many years later, UTC milliseconds; of 29 February, 1 March; never past 9999."""
    day = datetime.fromtimestamp(at // 1000, UTC)
    year = min(day.year + years, MAXYEAR)
    try:
        later = day.replace(year=year)
    except ValueError:
        later = day.replace(year=year, month=3, day=1)
    return int(later.timestamp()) * 1000 + at % 1000


def counted_from(report: Mapping[str, Any]) -> int:
    """Return when the years of a report begin, UTC milliseconds: when it occurred or was last updated, what is later.

    Where it states neither, when Kafka got it.
    """
    stated = [report[name] for name in ("occurred_at", "updated_at") if report.get(name) is not None]
    return max(stated) if stated else int(report["published_at"])


def rule_for(
    report: Mapping[str, Any], rules: Sequence[RetentionRule], shared: Mapping[str, Collection[str]]
) -> RetentionRule | None:
    """Return the rule by which a report goes; None where none speaks of it. `shared`: agreement -> ids of reports."""
    agency, family = str(report["agency"]), str(report.get("offense", {}).get("family", ""))
    closest: dict[str, RetentionRule] = {}
    for rule in rules:
        if rule.agreement and report["report_id"] not in shared.get(rule.agreement, ()):
            continue
        before = closest.get(rule.agreement)
        if rule.fits(agency, family) and (before is None or rule.closeness > before.closeness):
            closest[rule.agreement] = rule
    return min(closest.values(), key=lambda one: (one.years, one.agreement), default=None)


def due(
    reports: Iterable[Mapping[str, Any]],
    rules: Sequence[RetentionRule],
    shared: Mapping[str, Collection[str]],
    held: Collection[str],
    now: int,
) -> list[DueReport]:
    """List the reports whose time is over at `now`, UTC milliseconds, those that a legal hold keeps too."""
    found = []
    for report in reports:
        rule, begun = rule_for(report, rules, shared), counted_from(report)
        if rule is None or (ends := years_later(begun, rule.years)) > now:
            continue
        name, family = str(report["report_id"]), str(report.get("offense", {}).get("family", ""))
        found.append(DueReport(ends, name, str(report["agency"]), family, begun, str(rule), name in held))
    return sorted(found)
