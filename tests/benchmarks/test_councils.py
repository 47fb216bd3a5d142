"""Of the council reports of the bundled feed at most one count in three is lost."""

from tests.benchmarks.councils import measured, views


def test_at_most_one_count_in_three_is_not_told() -> None:
    found = list(measured(views()))

    assert sum(one.counts for one in found) > 200
    assert 3 * sum(one.lost for one in found) <= sum(one.counts - one.few for one in found)
    assert 3 * sum(one.not_told for one in found) <= sum(one.shown for one in found), "small ones included"
