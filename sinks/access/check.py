"""Whether an audience may be read now, and for which purpose: checked at every reading, before the index; pure.

The audience of an agreement is open during its term and for its purposes alone, and views that need a vetting while
that is valid. The copies in the index follow later; this check does not wait for them. Source of purposes: 28 CFR
23.20(e), need to know and right to know.
"""

from collections.abc import Iterable

from schemas.agreements import AUDIENCE, BUNDLED, agreement_of
from schemas.agreements.register import AgreementRegister
from schemas.agreements.report_orders import ReportOrderRegister
from schemas.errors import Denied
from schemas.identity import INTERNAL
from schemas.records.audit import Notice
from sinks.index.port import NoAudience
from sinks.search.query import AccessFilter


class WrongPurpose(Denied):
    """The audience is not open for this purpose."""

    def __init__(self, purposes: Iterable[str]) -> None:
        super().__init__(f"purpose not permitted for this audience: --purpose is {' or '.join(sorted(purposes))}")


def check_access(
    audience: str, purpose: str, orders: AgreementRegister, report_orders: ReportOrderRegister, now: int
) -> AccessFilter:
    """Return what is barred from a reading at `now`, UTC milliseconds, that is permitted at all.

    Barred is what needs a vetting level that the audience lacks, and what has a purged report or, except for internal,
    a sealed one. A purpose that any agreement denies is permitted for no audience.
    Raises: NoAudience, the same whether there is none or its agreement is not in force; WrongPurpose; Denied.
    """
    agreements = orders.agreements.values()
    if any(purpose in agreement.denied_purposes for agreement in (*agreements, *BUNDLED.values())):
        raise Denied("purpose not permitted for any audience")
    reports = frozenset(report_orders.purged if audience == INTERNAL else report_orders.purged | report_orders.sealed)
    if not AUDIENCE.fullmatch(audience):
        return AccessFilter(reports=reports)
    party = agreement_of(audience, agreements)
    if party is None or not party[0].in_force(now):
        raise NoAudience
    agreement, who = party
    if purpose not in who.purposes:
        raise WrongPurpose(who.purposes)
    return AccessFilter(agreement.levels(who) - orders.levels(audience, now), reports)


def readable_notices(
    notices: Iterable[Notice], purpose: str, orders: AgreementRegister, report_orders: ReportOrderRegister, now: int
) -> list[Notice]:
    """Return the notices that may be listed at `now`, UTC milliseconds: each is read as the audience that it names.

    Raises: WrongPurpose where that bars every one that is left; Denied.
    """
    readable: list[Notice] = []
    wrong: WrongPurpose | None = None
    for notice in notices:
        try:
            access_filter = check_access(notice["audience"], purpose, orders, report_orders, now)
        except NoAudience:
            continue
        except WrongPurpose as exc:
            wrong = exc
            continue
        if access_filter.reports.isdisjoint((notice["report_id"], notice["other_report_id"])):
            readable.append(notice)
    if wrong is not None and not readable:
        raise wrong
    return readable


def supervising_agency(role: str, audience: str, orders: AgreementRegister, deciding: bool) -> str:
    """Return the agency that supervises a role that reads an audience, '' where the agreement names none.

    A role opens nothing: what it reads passes `check_access` like any other reading. Raises: Denied where the
    agreement of the audience does not let the role read it or, if `deciding`, adjudicate links.
    """
    party = agreement_of(audience, orders.agreements.values())
    held = [known for known in party[0].roles if known.name == role and audience in known.reads] if party else []
    if not held:
        raise Denied(f"as {role} you do not read this audience")
    if deciding and not held[0].adjudicates:
        raise Denied(f"as {role} you do not adjudicate links")
    return held[0].under
