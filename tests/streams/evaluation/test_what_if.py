"""What another table of weights would change: links gained and lost, verdicts changed, and whose incidents."""

from collections import Counter
from itertools import combinations

from streams.evaluation.rematch import Resolution
from streams.evaluation.what_if import difference

PAIR = ("a_pd:1", "b_so:1")
ALONE = Resolution({"a_pd:1": "a_pd:1", "b_so:1": "b_so:1"}, {})
UNSURE = ALONE._replace(verdicts={PAIR: "UNSURE"})
LINKED = Resolution({"a_pd:1": "a_pd:1", "b_so:1": "a_pd:1"}, {PAIR: "SAME"})


def test_the_same_resolution_changes_nothing() -> None:
    for resolution in (Resolution({}, {}), ALONE, UNSURE, LINKED):
        same = difference(resolution, resolution)
        assert (same.gained, same.lost, same.changed, same.incidents) == ([], [], [], [])
        assert same.by_agencies == {}
        assert same.total() == Counter()


def test_what_one_way_gains_the_other_way_loses() -> None:
    gain, loss = difference(ALONE, LINKED), difference(LINKED, ALONE)

    assert (gain.gained, gain.lost, gain.links) == ([PAIR], [], (0, 1))
    assert (loss.gained, loss.lost, loss.links) == ([], [PAIR], (1, 0))
    assert gain.by_agencies == {("a_pd", "b_so"): Counter(made=1)}
    assert loss.by_agencies == {("a_pd", "b_so"): Counter(lost=1)}
    assert gain.changed == loss.changed == []


def test_a_verdict_counts_as_changed_only_where_the_reports_stay_in_their_incidents() -> None:
    assert difference(ALONE, UNSURE).changed == difference(UNSURE, ALONE).changed == [PAIR]
    assert difference(ALONE, UNSURE).incidents == []
    assert difference(UNSURE, LINKED).changed == []


def test_a_pair_without_a_verdict_is_not_the_same() -> None:
    assert difference(ALONE, ALONE._replace(verdicts={PAIR: "NOT_SAME"})).changed == []


def test_incidents_change_when_they_have_other_reports_or_another_id() -> None:
    renamed = Resolution({"a_pd:1": "b_so:1", "b_so:1": "b_so:1"}, {})

    assert difference(LINKED, ALONE).incidents == ["a_pd:1"]
    assert difference(ALONE, LINKED).incidents == ["a_pd:1", "b_so:1"]
    assert difference(LINKED, renamed).incidents == ["a_pd:1"]


def test_agencies_with_most_changes_come_first_and_equal_ones_by_name() -> None:
    ids = ["c_fd:1", "a_pd:1", "b_so:1", "b_so:2"]
    before = Resolution({name: name for name in ids}, {})
    after = Resolution({**before.incidents, "b_so:1": "a_pd:1", "b_so:2": "a_pd:1"}, {("c_fd:1", "b_so:2"): "UNSURE"})
    changes = difference(before, after)

    assert list(changes.by_agencies) == [("a_pd", "b_so"), ("b_so", "b_so"), ("b_so", "c_fd")]
    assert changes.by_agencies["a_pd", "b_so"] == Counter(made=2)
    assert changes.total() == Counter(made=3, changed=1)


def test_pairs_and_incidents_are_listed_in_the_order_of_their_ids() -> None:
    ids = [f"a_pd:{number}" for number in range(9)]
    apart = Resolution({name: name for name in reversed(ids)}, {})
    together = Resolution(dict.fromkeys(reversed(ids), ids[0]), {})

    assert difference(apart, together).gained == difference(together, apart).lost == list(combinations(ids, 2))
    assert difference(apart, together).incidents == ids
