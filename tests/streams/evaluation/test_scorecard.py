"""The scorecard has the same counts for people and as JSON, and says where there is nothing to measure."""

from streams.evaluation.confusion import ConfusionCounts
from streams.evaluation.ground_truth import DIFFERENT, IGNORE, SAME
from streams.evaluation.pairwise import PairwiseScore
from streams.evaluation.scorecard import MAX_ROWS, as_json, error_lines, lines

NOTHING = PairwiseScore({}, {}, 0, 0)
SCORE = PairwiseScore(
    {
        (("a_pd", "b_so"), ("en", "en")): ConfusionCounts(1_234, 1, 0),
        (("a_pd", "c_mx"), ("en", "es")): ConfusionCounts(0, 0, 2),
    },
    {SAME: 1_236, DIFFERENT: 1, IGNORE: 3},
    absent=2,
    absent_same=1,
)


def row(name: str, printed: list[str]) -> list[str]:
    (line,) = (line for line in printed if line.startswith(f"{name} "))
    return line.removeprefix(name).split()


def test_a_row_has_shares_their_intervals_and_counts() -> None:
    printed = lines(SCORE, 5_000, 4_000, languages=True)

    shares = ["0.999", "0.995-1.000", "0.998", "0.994-1.000", "0.999"]
    assert row("all", printed) == [*shares, "1,235", "1,234", "1", "2"]
    assert row("a_pd c_mx", printed) == ["-", "0.000", "0.000-0.658", "0.000", "0", "0", "0", "2"]
    assert row("en es", printed) == row("a_pd c_mx", printed)


def test_the_head_states_what_was_scored() -> None:
    assert lines(SCORE, 5_000, 4_000, languages=False)[:3] == [
        "truth    1,236 same, 1 different, 3 not scored; 2 pairs with a report that is absent (1 of them the same)",
        "reports  5,000 in 4,000 incidents",
        "",
    ]
    assert lines(NOTHING, 0, None, languages=False)[:2] == ["truth    0 same, 0 different, 0 not scored", "reports  0"]


def test_languages_are_listed_where_they_are_known() -> None:
    assert any("by languages" in line for line in lines(SCORE, 2, 1, languages=True))
    assert not any("by languages" in line for line in lines(SCORE, 2, 1, languages=False))
    assert "by_languages" not in as_json(SCORE, 2, 1, languages=False)


def test_without_any_pair_there_is_no_share() -> None:
    assert row("all", lines(NOTHING, 0, None, languages=False)) == ["-", "-", "-", "0", "0", "0", "0"]
    made = as_json(NOTHING, 0, None, languages=True)
    assert made["precision"] is made["recall"] is made["f1"] is None
    assert made["truth"] == {"same": 0, "different": 0, "ignored": 0}
    assert (made["by_agencies"], made["by_languages"], made["incidents"]) == ([], [], None)


def test_json_has_all_pairs_first_and_then_each_group() -> None:
    made = as_json(SCORE, 5_000, 4_000, languages=True)

    assert (made["joined"], made["true_joins"], made["false_joins"], made["misses"]) == (1_235, 1_234, 1, 2)
    assert made["truth"] == {"same": 1_236, "different": 1, "ignored": 3}
    assert made["absent"] == {"pairs": 2, "same": 1}
    assert [group["pair"] for group in made["by_agencies"]] == [("a_pd", "b_so"), ("a_pd", "c_mx")]
    assert [group["pair"] for group in made["by_languages"]] == [("en", "en"), ("en", "es")]


def test_people_see_the_first_agencies_and_how_many_more_there_are() -> None:
    def printed(agencies: int) -> list[str]:
        kinds = {((f"a{n:02}_pd", "z_so"), ("en", "en")): ConfusionCounts(1, 0, 0) for n in range(agencies)}
        return lines(PairwiseScore(kinds, {}, 0, 0), 1, 1, languages=False)

    assert sum("z_so" in line for line in printed(MAX_ROWS)) == MAX_ROWS
    assert "--json" not in printed(MAX_ROWS)[-1]
    assert sum("z_so" in line for line in printed(MAX_ROWS + 1)) == MAX_ROWS
    assert printed(MAX_ROWS + 1)[-1] == "1 more pairs of agencies: --json lists all"


def test_errors_are_listed_beneath_their_title_and_none_without_any() -> None:
    assert error_lines("missed", [("a_pd:1", "b_so:1")]) == ["", "missed", "  a_pd:1  b_so:1"]
    assert error_lines("missed", []) == []
