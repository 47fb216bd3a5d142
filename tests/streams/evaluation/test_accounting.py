"""Every published record has one fate, and none is called current that nobody finds."""

from dataclasses import replace

from streams.evaluation.accounting import Account, NewestRecord, RejectedRecord, TopicContents, accounting

INDEX = ("released-incidents", 3)
NOTHING = TopicContents({"a_pd": 0, "b_so": 0}, (), (), {}, (), ())


def incident(offset: int, *reports: tuple[str, int]) -> NewestRecord:
    return NewestRecord(("incidents", 0, offset), reports)


def view(offset: int, *reports: tuple[str, int]) -> NewestRecord:
    return NewestRecord((*INDEX, offset), reports)


TWO = TopicContents(
    {"a_pd": 3, "b_so": 1},
    [incident(0, ("a_pd:1", 2), ("b_so:1", 1)), incident(1, ("a_pd:2", 1))],
    [view(0, ("a_pd:1", 2), ("b_so:1", 1)), view(1, ("a_pd:2", 1))],
    {INDEX: 2},
    [("a_pd", "superseded")],
    [],
)


def test_a_report_is_current_when_the_index_has_answered_for_it() -> None:
    found = accounting(TWO)

    assert found.agencies == {"a_pd": Account(3, current=2, superseded=1), "b_so": Account(1, current=1)}
    assert (found.incidents, found.total.difference) == (2, 0)


def test_what_the_index_has_not_answered_for_is_not_current() -> None:
    found = accounting(replace(TWO, answered={INDEX: 1}))

    assert found.agencies["a_pd"] == Account(3, current=1, superseded=1)
    assert (found.incidents, found.total.difference) == (1, 1)


def test_what_is_in_an_older_version_in_the_index_is_not_current() -> None:
    found = accounting(replace(TWO, views=[view(0, ("a_pd:1", 1), ("b_so:1", 1)), view(1, ("a_pd:2", 1))]))

    assert found.agencies["a_pd"].difference == 1
    assert found.agencies["b_so"].difference == 0


def test_reports_of_a_view_that_the_index_refuses_are_rejected() -> None:
    found = accounting(replace(TWO, rejected=[RejectedRecord((*INDEX, 0), None)]))

    assert found.agencies == {
        "a_pd": Account(3, current=1, superseded=1, rejected=1),
        "b_so": Account(1, rejected=1),
    }
    assert (found.incidents, found.views_refused) == (1, 1)


def test_a_refused_view_that_a_newer_one_followed_costs_nobody_anything() -> None:
    found = accounting(
        replace(
            TWO,
            views=[view(5, ("a_pd:1", 2), ("b_so:1", 1)), view(1, ("a_pd:2", 1))],
            answered={INDEX: 6},
            rejected=[RejectedRecord((*INDEX, 0), None)],
        )
    )

    assert (found.total.current, found.total.rejected, found.total.difference) == (3, 0, 0)


def test_reports_of_an_incident_that_release_refuses_are_rejected() -> None:
    found = accounting(
        replace(TWO, views=[view(1, ("a_pd:2", 1))], rejected=[RejectedRecord(("incidents", 0, 0), None)])
    )

    assert (found.agencies["b_so"], found.total.difference) == (Account(1, rejected=1), 0)


def test_a_record_that_two_stages_refused_counts_once() -> None:
    source = ("incident-reports.a_pd", 0, 7)
    twice = [RejectedRecord(source, source), RejectedRecord(("enriched-reports", 0, 1), source)]
    found = accounting(replace(NOTHING, published={"a_pd": 1}, rejected=twice))

    assert found.agencies == {"a_pd": Account(1, rejected=1)}
