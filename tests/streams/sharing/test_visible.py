"""A report as release reads it, and when two audiences share the bytes of a view."""

import pytest

from schemas.agreements import Outcome
from streams.sharing.visible import Grant, Visible, read_report
from tests.streams.worlds import member, told

REPORT = read_report(member("a_pd:1"))


def test_a_report_is_read_whole() -> None:
    assert REPORT.form == 0
    assert (REPORT.report_id, REPORT.agency_id, REPORT.traffic, REPORT.cancelled) == ("a_pd:1", "a_pd", "ACTUAL", False)
    assert REPORT.fields["address"] == told("a_pd:1")["address"]
    assert REPORT.judged.agency_id == "a_pd"


@pytest.mark.parametrize(
    ("visible", "in_full"),
    [
        (Visible([REPORT], []), True),
        (Visible([REPORT], [], grants={"a_pd:1": Grant(Outcome.FULL, frozenset(), ())}), True),
        (Visible([REPORT], [], grants={"a_pd:1": Grant(Outcome.FULL, frozenset(), (), frozenset({"level"}))}), False),
        (Visible([REPORT], [], pointers={"a_pd:1": {"b_so:2": {"agency": "b_so"}}}), False),
        (Visible([REPORT], [], redacted=True), False),
    ],
)
def test_a_view_is_shared_where_nothing_in_it_depends_on_the_audience(visible: Visible, in_full: bool) -> None:
    assert visible.in_full is in_full
