"""Which incident each report belongs to, whatever the order and the batches of a change's records."""

from typing import Any

from schemas.identity import incident_id
from streams.sharing.membership import Membership

A, B, C = (incident_id([name]) for name in ("a_pd:1", "b_so:2", "c_mx:3"))


def incident(name: str, *reports: str, departed: tuple[str, ...] = (), state: str = "ACTIVE") -> dict[str, Any]:
    members = [{"report_id": report} for report in reports]
    return {"incident_id": name, "state": state, "members": members, "departed": list(departed)}


def batch(*incidents: dict[str, Any]) -> Membership:
    membership = Membership()
    for cause, each in enumerate(incidents):
        membership.add(each, cause)
    membership.settle()
    return membership


def test_each_report_belongs_to_the_incident_that_lists_it() -> None:
    membership = batch(incident(A, "a_pd:1", "b_so:2"), incident(B, departed=("b_so:2",), state="MERGED"))

    assert membership.current() == {"a_pd:1": A, "b_so:2": A}
    assert membership.causes == {A: 0, B: 1}
    assert membership.awaited(B) == set(), "its new incident is in this batch"


def test_the_newest_record_of_an_incident_counts() -> None:
    membership = batch(incident(A, "a_pd:1", "b_so:2"), incident(A, "a_pd:1", departed=("b_so:2",)))

    assert membership.current() == {"a_pd:1": A}
    assert membership.awaited(A) == {"b_so:2"}, "whoever has it now writes later"
    assert list(membership.causes.values()) == [1]


def test_the_later_record_wins_over_an_older_one_that_still_lists_a_report() -> None:
    older, newer = incident(A, "a_pd:1", "b_so:2"), incident(B, "b_so:2")
    membership = batch(older, newer)

    assert membership.current() == {"a_pd:1": A, "b_so:2": B}
    assert [member["report_id"] for member in membership.members(older)] == ["a_pd:1"]


def test_a_report_that_joins_and_is_missing_without_having_departed_has_vanished() -> None:
    membership = batch(incident(A, "a_pd:1", "b_so:2"), incident(A, "a_pd:1"))

    assert membership.vanished == {"b_so:2": A}
    assert membership.current() == {"a_pd:1": A, "b_so:2": A}
    assert membership.awaited(A) == set(), "nobody will write it"


def test_a_vanished_report_that_another_incident_lists_belongs_there() -> None:
    membership = batch(incident(A, "a_pd:1", "b_so:2"), incident(A, "a_pd:1"), incident(C, "b_so:2", "c_mx:3"))

    assert membership.vanished == {}
    assert membership.current()["b_so:2"] == C


def test_an_erased_report_belongs_to_no_incident_and_is_not_awaited() -> None:
    membership = batch(incident(B, departed=("a_pd:1", "b_so:2"), state="PURGED"))

    assert membership.erased() == {"b_so:2": B}
    assert membership.current() == {}
    assert membership.awaited(B) == {"a_pd:1"}
