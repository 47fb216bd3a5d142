"""Whether an audience may be read now, and for what: asked at every reading, before the index is; pure.

What an agreement makes is open while its term runs, to its purposes alone, and what rests on a vetting while that
stands. The copies in the index follow later; this check does not wait for them.
"""

from collections.abc import Iterable

from schemas.agreements import AUDIENCE, BUNDLED, agreement_of
from schemas.agreements.register import AgreementRegister
from schemas.agreements.report_orders import ReportOrders
from schemas.errors import Denied
from schemas.identity import INTERNAL
from schemas.records.audit import Notice
from sinks.index.port import NoAudience
from sinks.search.query import AccessFilter


class WrongPurpose(Denied):
    """The audience is not open for this purpose."""

    def __init__(self, purposes: Iterable[str]) -> None:
        super().__init__(f"say what it is for: this audience is read for --purpose {' or '.join(sorted(purposes))}")


def check(audience: str, purpose: str, orders: AgreementRegister, custody: ReportOrders, now: int) -> AccessFilter:
    """Let a reading pass at `now`, UTC milliseconds; gives what is barred from it.

    That is what rests on a level of vetting that the audience lacks, and what has a purged report, or for all but
    internal a sealed one. What any agreement denies as a purpose is none of any audience.
    Raises: NoAudience, the same whether there is none or its agreement is not in force; WrongPurpose; Denied.
    """
    agreements = orders.agreements.values()
    if any(purpose in one.denied_purposes for one in (*agreements, *BUNDLED.values())):
        raise Denied("this is no purpose for which anything here may be read")
    reports = frozenset(custody.purged if audience == INTERNAL else custody.purged | custody.sealed)
    if not AUDIENCE.fullmatch(audience):
        return AccessFilter(reports=reports)
    found = agreement_of(audience, agreements)
    if found is None or not found[0].in_force(now):
        raise NoAudience
    agreement, who = found
    if purpose not in who.purposes:
        raise WrongPurpose(who.purposes)
    return AccessFilter(agreement.levels(who) - orders.levels(audience, now), reports)


def held(
    notices: Iterable[Notice], purpose: str, orders: AgreementRegister, custody: ReportOrders, now: int
) -> list[Notice]:
    """Return the notices that may be listed at `now` for `purpose`: each is read as the audience in whose name it came.

    Raises: WrongPurpose where that bars all that are left; Denied.
    """
    found: list[Notice] = []
    wrong: WrongPurpose | None = None
    for one in notices:
        try:
            barred = check(one["audience"], purpose, orders, custody, now)
        except NoAudience:
            continue
        except WrongPurpose as exc:
            wrong = exc
            continue
        if barred.reports.isdisjoint((one["report_id"], one["other_report_id"])):
            found.append(one)
    if wrong is not None and not found:
        raise wrong
    return found


def acting(role: str, audience: str, orders: AgreementRegister, deciding: bool) -> str:
    """Name the agency under which a role reads an audience, '' where the agreement names none.

    A role opens nothing: what it reads is asked of `check` like any other reading. Raises: Denied when the audience's
    agreement does not let the role read it, or decide on links where that is what is asked.
    """
    found = agreement_of(audience, orders.agreements.values())
    held = [one for one in found[0].roles if one.name == role and audience in one.reads] if found else []
    if not held:
        raise Denied(f"as {role} you do not read this audience")
    if deciding and not held[0].adjudicates:
        raise Denied(f"as {role} you do not decide on links")
    return held[0].under
