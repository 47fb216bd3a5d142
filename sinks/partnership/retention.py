"""Retention: how many years a report is kept, by its agency's schedule and by the agreements that share it; pure.

Within one schedule (an agency's own, or an agreement's) the most specific row applies; of several schedules, the one
with the shortest period. This index is a shared copy: what an agency keeps for longer is in its own system.
Source: 28 CFR 23.20(h) and the agencies' records schedules.
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
"""An empty agreement means the agency's own schedule; an empty agency or family means all of them."""
MOST_YEARS = 100
_YEARS = re.compile(r"[1-9][0-9]{0,2}")


class RetentionRule(NamedTuple):
    """A row of a schedule: how many years reports of an agency, an offense family or an agreement are kept."""

    agreement: str
    agency: str
    family: str
    years: int
    source: str

    def fits(self, agency: str, family: str) -> bool:
        """Return whether it applies to reports of an agency and an offense family."""
        return self.agency in ("", agency) and self.family in ("", family)

    @property
    def specificity(self) -> tuple[bool, bool]:
        """Return a sort key: a row for an agency is more specific than one for a family, one for both than either."""
        return bool(self.agency), bool(self.family)

    def __str__(self) -> str:
        whose = " ".join(filter(None, (self.agreement, self.agency, self.family))) or "every report"
        return f"{whose}: {self.years} years ({self.source})"


class ExpiredReport(NamedTuple):
    """A report whose retention ended at `due_at` under `rule`; a legal hold keeps it anyway. UTC milliseconds."""

    due_at: int
    report_id: str
    agency: str
    family: str
    counted_from: int
    rule: str
    held: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return self._asdict()


def parse_rules(text: str, name: str) -> list[RetentionRule]:
    """Parse a table of rules strictly. Raises: Configuration, which names file, line and field."""
    rules: dict[tuple[str, str, str], RetentionRule] = {}
    for line, row in parse_table(text, name, COLUMNS):
        where, years = f"{name}, line {line}", row["years"]
        if row["agency"] and not AGENCY_ID.fullmatch(row["agency"]):
            raise Configuration(f"{where}, agency: {row['agency']!r} is not an agency id")
        if row["family"] and row["family"] not in FAMILIES:
            raise Configuration(f"{where}, family: {row['family']!r} is not an offense family")
        if not (_YEARS.fullmatch(years) and int(years) <= MOST_YEARS):
            raise Configuration(f"{where}, years: must be a whole number from 1 to {MOST_YEARS}")
        key = row["agreement"], row["agency"], row["family"]
        if key in rules:
            raise Configuration(f"{where}: two rows for the same agreement, agency and family")
        rules[key] = RetentionRule(*key, int(years), row["source"])
    return list(rules.values())


def require_known_agreements(rules: Iterable[RetentionRule], agreements: Collection[str]) -> None:
    """Raise Configuration where a rule names an unknown agreement: its reports would be kept forever."""
    unknown = sorted({rule.agreement for rule in rules} - {"", *agreements})
    if unknown:
        raise Configuration(f"the retention table names agreements that do not exist: {', '.join(unknown)}")


def years_later(at: int, years: int) -> int:
    """Return a time, UTC milliseconds, some years later: March 1 for February 29, and never past the year 9999."""
    day = datetime.fromtimestamp(at // 1000, UTC)
    year = min(day.year + years, MAXYEAR)
    try:
        later = day.replace(year=year)
    except ValueError:
        later = day.replace(year=year, month=3, day=1)
    return int(later.timestamp()) * 1000 + at % 1000


def retention_start(report: Mapping[str, Any]) -> int:
    """Return when the retention of a report starts, UTC milliseconds: when it occurred or was last updated, if later.

    Where it states neither, retention starts when Kafka received it.
    """
    stated = [report[name] for name in ("occurred_at", "updated_at") if report.get(name) is not None]
    return max(stated) if stated else int(report["published_at"])


def rule_for(
    report: Mapping[str, Any], rules: Sequence[RetentionRule], shared: Mapping[str, Collection[str]]
) -> RetentionRule | None:
    """Return the rule that ends a report's retention; None where none applies. `shared`: agreement -> report ids."""
    agency, family = str(report["agency"]), str(report.get("offense", {}).get("family", ""))
    applicable: dict[str, RetentionRule] = {}
    for rule in rules:
        if rule.agreement and report["report_id"] not in shared.get(rule.agreement, ()):
            continue
        before = applicable.get(rule.agreement)
        if rule.fits(agency, family) and (before is None or rule.specificity > before.specificity):
            applicable[rule.agreement] = rule
    return min(applicable.values(), key=lambda rule: (rule.years, rule.agreement), default=None)


def expired_reports(
    reports: Iterable[Mapping[str, Any]],
    rules: Sequence[RetentionRule],
    shared: Mapping[str, Collection[str]],
    held: Collection[str],
    now: int,
) -> list[ExpiredReport]:
    """Return the reports whose retention has ended at `now`, UTC milliseconds, including those under a legal hold."""
    expired = []
    for report in reports:
        rule, start = rule_for(report, rules, shared), retention_start(report)
        if rule is None or (ends := years_later(start, rule.years)) > now:
            continue
        name, family = str(report["report_id"]), str(report.get("offense", {}).get("family", ""))
        expired.append(ExpiredReport(ends, name, str(report["agency"]), family, start, str(rule), name in held))
    return sorted(expired)
