"""The counts of a quarter as one linear system: what each count is a sum of, and which small counts are secrets."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.partnership.disclosure import LinearForm, value
from sinks.partnership.incident_counts import INCIDENTS, WORKLOAD, AudienceCell, Entry, Pattern
from sinks.partnership.linear_system import LinearSystem

TOTAL = AudienceCell("x", *INCIDENTS)
JANUARY = {"2026-01": 1}


def kind(*rows: str, audience: str = "x", table: str = "offense") -> Pattern:
    """A kind of incident that counts in all incidents and in these rows of a table."""
    return (Entry(audience, *INCIDENTS, 1), *(Entry(audience, table, row, 1) for row in rows))


def offense(row: str, audience: str = "x") -> AudienceCell:
    return AudienceCell(audience, "offense", row)


def month(patterns: Mapping[Pattern, int]) -> LinearSystem:
    return LinearSystem({"2026-01": {1: patterns}})


def secret_values(system: LinearSystem, quarters: Sequence[Mapping[str, int]] = ()) -> list[int]:
    return sorted(value(form, system.counts) for form in system.secrets(quarters))


def test_a_cell_is_the_sum_of_the_kinds_that_count_in_it() -> None:
    system = month({kind("THEFT"): 9, kind("ARSON"): 7, kind("ARSON", "THEFT"): 2})

    counts = {cell.row: value(system.form(JANUARY, cell), system.counts) for cell in system.cells(JANUARY)}
    assert counts == {"incidents": 18, "THEFT": 11, "ARSON": 9}


def test_an_incident_that_counts_twice_in_a_cell_has_a_coefficient_of_two() -> None:
    system = month({(Entry("x", *INCIDENTS, 2),): 6})

    assert system.form(JANUARY, TOTAL) == ((0, 2),)


def test_nothing_counts_in_a_cell_that_no_incident_has() -> None:
    assert month({kind("THEFT"): 9}).form(JANUARY, offense("ARSON")) == ()
    assert LinearSystem({}).secrets([]) == set()


def test_a_system_covers_the_editions_that_it_was_made_of() -> None:
    system = month({kind(): 5})

    assert [system.covers(counted) for counted in ({}, JANUARY, {"2026-01": 2}, {**JANUARY, "2026-02": 1})] == [
        True,
        True,
        False,
        False,
    ]


def test_a_quarter_adds_up_its_months() -> None:
    system = LinearSystem({"2026-01": {1: {kind("THEFT"): 9}}, "2026-02": {2: {kind("THEFT"): 7}}})

    form = system.form({"2026-01": 1, "2026-02": 2}, offense("THEFT"))
    assert value(form, system.counts) == 16
    assert system.form({"2026-02": 2, "2026-01": 1}, offense("THEFT")) == form


_PATTERNS = st.dictionaries(st.sampled_from([kind(), kind("A"), kind("B"), kind("A", "B")]), st.integers(0, 9))


@given(st.lists(_PATTERNS, min_size=1, max_size=4))
def test_every_edition_has_its_own_counts_whatever_a_correction_changes(editions: list[dict[Pattern, int]]) -> None:
    system = LinearSystem({"2026-01": dict(enumerate(editions, 1))})

    for number, patterns in enumerate(editions, 1):
        for cell in (TOTAL, offense("A"), offense("B")):
            count = sum(times for pattern, times in patterns.items() if (*cell, 1) in pattern)
            assert value(system.form({"2026-01": number}, cell), system.counts) == count


def test_incidents_of_two_editions_are_taken_to_be_the_same_as_far_as_they_can_be() -> None:
    system = LinearSystem({"2026-01": {1: {kind("A"): 9}, 2: {kind("A"): 7, kind("B"): 3}}})

    assert sorted(system.counts) == [2, 3, 7]
    assert secret_values(system) == [2, 3]
    assert LinearSystem({"2026-01": {1: {kind("A"): 9}, 2: {kind("A"): 9}}}).counts == [9], "nothing changed"


def test_the_order_in_which_months_are_read_does_not_matter() -> None:
    months = {"2026-01": {1: {kind("A"): 9}}, "2026-02": {2: {kind("A"): 7}}}

    assert LinearSystem(dict(reversed(list(months.items())))).counts == LinearSystem(months).counts == [9, 7]


def test_a_kind_of_incident_is_a_secret_in_each_edition_even_where_no_two_cells_yield_it() -> None:
    """Four count in no row; two of them are gone in the correction."""
    many = {kind("A"): 20, kind("B"): 20}

    assert 4 in secret_values(LinearSystem({"2026-01": {1: {**many, kind(): 4}, 2: {**many, kind(): 2}}}))


@pytest.mark.parametrize(("count", "secrets"), [(0, []), (1, [1]), (4, [4]), (5, [])])
def test_a_secret_is_a_count_of_one_to_four(count: int, secrets: list[int]) -> None:
    assert secret_values(month({kind("A"): count})) == secrets


def test_the_incidents_of_one_cell_and_not_of_another_and_those_of_both_are_secrets() -> None:
    system = month({kind("A"): 3, kind("A", "B"): 20, kind("B"): 30})

    assert _form_of(system, 3) in system.secrets([])
    assert secret_values(system) == [3]
    assert secret_values(month({kind("A"): 20, kind("A", "B"): 2, kind("B"): 30})) == [2]


def _form_of(system: LinearSystem, count: int) -> LinearForm:
    return ((system.counts.index(count), 1),)


def test_a_difference_of_several_kinds_is_a_secret_where_it_is_small_together() -> None:
    """Two and two are in A and not in B: neither kind alone, but both together are four."""
    system = month({kind("A", "C"): 2, kind("A", "D"): 2, kind("A", "B", "C", "D"): 20})

    assert 4 in secret_values(system)


def test_what_several_kinds_have_in_common_is_a_secret_where_it_is_small_together() -> None:
    system = month({kind("A", "B", "C"): 2, kind("A", "B", "D"): 2, kind("A"): 20, kind("B"): 30})

    assert secret_values(system) == [2, 2, 4]


def test_what_one_audience_sees_and_another_does_not_is_a_secret() -> None:
    both = tuple(sorted((*kind(audience="x"), *kind(audience="y"))))
    system = month({both: 20, (*kind("A"),): 2, (*kind("B"),): 2})

    assert 4 in secret_values(system), "two kinds of two that y does not see"


def test_the_rest_of_a_quarter_is_a_secret_once_the_quarter_is_published() -> None:
    system = LinearSystem({"2026-01": {1: {kind("A"): 9}}, "2026-02": {1: {kind("A"): 2}, 2: {kind("A"): 2}}})
    quarter = {"2026-01": 1, "2026-02": 2}

    rest = system.form({"2026-02": 2}, offense("A"))
    assert value(rest, system.counts) == 2
    assert rest in system.secrets([quarter])


def test_what_a_correction_adds_or_removes_is_a_secret() -> None:
    added = {1: {kind("A"): 20}, 2: {kind("A"): 20, kind("A", "B"): 2, kind("A", "C"): 2}}
    removed = {1: added[2], 2: added[1]}

    for editions in (added, removed):
        assert 4 in secret_values(LinearSystem({"2026-01": editions}))


def test_adjudications_and_inquiries_are_no_secret_beside_incidents() -> None:
    """A small cell of workload is itself suppressed, but what it has in common with others says nothing."""
    work = (Entry("x", WORKLOAD, "lookups_asked", 1),)
    answered = (*sorted((*work, Entry("x", WORKLOAD, "lookups_answered", 1))),)

    assert secret_values(month({work: 2, answered: 20})) == []
    assert secret_values(month({work: 3})) == [3]
