"""The sum of the weights, the verdict on it, and its evidence; the table they come from."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.errors import Configuration
from schemas.records.order import Adjudication
from schemas.tables.reader import read_table
from streams.dedupe import weights
from streams.dedupe.evidence import add_evidence
from streams.dedupe.explain import NotCompared, explain
from streams.dedupe.score import decision, score, verdict
from streams.dedupe.weights import COLUMNS, NAME, TABLE, of_text
from tests.streams.dedupe.profiles_of import NOON, profile

NEEDED = """comparison,level,m,u,judged,weight,source
block,shared,,,-3,-3,j
verdict,same,,,0,0,j
verdict,unsure,,,-1,-1,j
"""
FAR = {"lat": 32.75}
BARE: dict[str, Any] = {"lat": None, "lon": None}


def test_missing_says_nothing() -> None:
    """Reports that tell only their times are decided on by these alone."""
    found = score(profile("a_pd:1", **BARE), profile("b_pd:2", **BARE))

    assert found.weight == TABLE.prior + TABLE.weights["time"]["30 s"]


def test_the_evidence_adds_up_to_the_weight_and_says_which_tables_decided() -> None:
    one, other = profile("b_pd:2", streets=("BROADWAY",)), profile("a_pd:1", streets=("BROADWAY",))
    made = add_evidence(decision(one, other, score(one, other)), other, one)

    assert (made["left"], made["right"]) == ("a_pd:1", "b_pd:2")
    assert made["weight"] == pytest.approx(sum(row["weight"] for row in made["evidence"]))
    assert made["tables_version"] == TABLE.version
    assert made["tables_version"].startswith(TABLE.digest)


def test_a_common_street_counts_less_than_a_rare_one_and_never_against() -> None:
    common = score(profile("a_pd:1", streets=("BROADWAY",)), profile("b_pd:2", streets=("BROADWAY",)))
    rare = score(profile("a_pd:1", streets=("EJEMPLO",)), profile("b_pd:2", streets=("EJEMPLO",)))
    none = score(profile("a_pd:1"), profile("b_pd:2"))

    assert none.weight - 1e-9 <= common.weight < rare.weight


def test_near_in_time_and_place_is_same_and_far_is_not() -> None:
    one = profile("a_pd:1")

    assert verdict(one, profile("b_pd:2"), score(one, profile("b_pd:2"))) == "SAME"
    assert verdict(one, profile("b_pd:2", **FAR), score(one, profile("b_pd:2", **FAR))) == "NOT_SAME"


ALIKE: dict[str, Any] = {"concept": "ROBBERY", "family": "ROBBERY", "words": ("knife", "mask"), "injury": "hurt"}


TOLD: tuple[dict[str, Any], ...] = (
    {"plates": ("TST123",)},
    {"references": ("c_so:7",)},
    {"streets": ("EJEMPLO",), "number": 215},
)


@pytest.mark.parametrize("place", [BARE, {"precision": "CITY"}, {"precision": "COUNTY"}])
def test_time_and_what_happened_alone_link_nothing(place: dict[str, Any]) -> None:
    one, other = profile("a_pd:1", **ALIKE, **place), profile("b_pd:2", **ALIKE, **place)
    found = score(one, other)

    assert found.weight >= TABLE.unsure_from
    assert verdict(one, other, found) == "UNSURE"
    for where_or_who in TOLD:
        known, other_known = one._replace(**where_or_who), other._replace(**where_or_who)
        assert verdict(known, other_known, score(known, other_known)) == "SAME"


def test_a_sum_right_under_the_threshold_waits_for_a_person() -> None:
    one, other = profile("a_pd:1"), profile("b_pd:2")
    found = score(one, other)

    assert verdict(one, other, found, TABLE.with_threshold(found.weight + 0.1)) == "UNSURE"
    assert verdict(one, other, found, TABLE.with_threshold(found.weight + 9)) == "NOT_SAME"


@pytest.mark.parametrize(
    "shared",
    [{"plates": ("4ABC123",)}, {"persons": ("prueba una",)}, {"references": ("z_pd:1",), "start": NOON + 1_500}],
)
def test_one_vehicle_person_or_number_in_two_places_is_related(shared: dict[str, Any]) -> None:
    one, other = profile("a_pd:1", **shared), profile("b_pd:2", **{**shared, "lat": 34.0, "start": NOON})
    found = score(one, other)
    lowered = TABLE.with_threshold(found.weight + 20)

    assert verdict(one, other, found, lowered) == "RELATED"


def test_actt_traffickers_who_also_smuggle_people_are_related_by_their_vehicle() -> None:
    """Two incidents, two crimes: each keeps its own, and who reads one is led to the other."""
    drugs = profile("az_dps:1", plates=("TST123",), concept="DRUGS", family="DRUGS")
    smuggling: dict[str, Any] = {"concept": "SMUGGLING", "family": "SMUGGLING", "start": NOON + 600, **FAR}
    people = profile("usbp_tca:2", plates=("TST123",), **smuggling)

    assert verdict(drugs, people, score(drugs, people)) == "RELATED"


def test_a_plate_that_everybody_mentions_relates_nothing() -> None:
    one, other = profile("a_pd:1", plates=("TEST",)), profile("b_pd:2", plates=("TEST",), **FAR)

    assert verdict(one, other, score(one, other)) == "NOT_SAME"


def test_two_reports_of_one_agency_need_more_than_place_and_time() -> None:
    one, other = profile("a_pd:1"), profile("a_pd:2")

    assert verdict(one, other, score(one, other)) == "NOT_SAME"


def test_a_persons_word_stands_over_the_sum() -> None:
    one, other = profile("a_pd:1"), profile("b_pd:2")
    word: Adjudication = {
        "left": "a_pd:1",
        "right": "b_pd:2",
        "verdict": "NOT_SAME",
        "by": "analyst",
        "audience": "internal",
        "why": "",
        "at": 0,
    }

    made = decision(one, other, score(one, other), word)

    assert (made["verdict"], made["decided_by"]) == ("NOT_SAME", "analyst")


def test_the_shipped_table_has_a_judgment_and_a_source_for_every_weight() -> None:
    for line, row in read_table(NAME, COLUMNS):
        assert row["judged"], line
        assert row["source"] in ("judgement", "estimated"), line
        assert bool(row["m"]) == bool(row["u"]) == (row["source"] == "estimated"), line


def test_what_agrees_never_weighs_against_nor_the_other_way() -> None:
    for _, row in read_table(NAME, COLUMNS):
        assert float(row["judged"]) * float(row["weight"]) >= 0, row


def test_another_threshold_keeps_the_width_of_doubt_and_says_so() -> None:
    moved = TABLE.with_threshold(3.0)

    assert moved.same_from - moved.unsure_from == TABLE.same_from - TABLE.unsure_from
    assert moved.version != TABLE.version


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("time,30 s,,,1,x,j", "line 5, weight"),
        ("time,30 s,,,1,nan,j", "line 5, weight"),
        ("smell,30 s,,,1,1,j", "line 5, comparison"),
        ("time,,,,1,1,j", "line 5, comparison"),
        ("verdict,same,,,0,0,j", "line 5, level"),
    ],
)
def test_a_wrong_row_is_refused_naming_line_and_field(row: str, told: str) -> None:
    with pytest.raises(Configuration, match=told):
        of_text(f"{NEEDED}{row}\n", "w.csv")


def test_a_table_without_threshold_or_with_doubts_above_it_is_refused() -> None:
    with pytest.raises(Configuration, match="no row for block shared"):
        of_text(NEEDED.splitlines()[0] + "\n", "w.csv")
    with pytest.raises(Configuration, match="unsure begins above"):
        of_text(NEEDED.replace("unsure,,,-1,-1", "unsure,,,1,1"), "w.csv")


def test_a_level_without_a_row_weighs_nothing() -> None:
    bare = of_text(NEEDED, "w.csv")

    assert score(profile("a_pd:1"), profile("b_pd:2"), bare).weight == bare.prior
    assert replace(bare, prior=0.0).weight("time", "30 s") == 0.0
    assert weights.TABLE is TABLE


def document(report_id: str, **changes: Any) -> dict[str, Any]:
    made = {"report_id": report_id, "agency": report_id.partition(":")[0], "traffic": "ACTUAL", "lat": 32.67}
    return {**made, "lon": -115.49, "occurred_at": NOON * 1000, "updated_at": NOON * 1000, **changes}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"traffic": "TEST"}, "traffic"),
        ({"occurred_at": (NOON + 7_200) * 1000}, "time window"),
        ({"lat": 40.0}, "no shared block"),
    ],
)
def test_why_two_reports_were_never_compared(changes: dict[str, Any], rule: str) -> None:
    found = explain(document("a_pd:1"), document("b_pd:2", **changes))

    assert isinstance(found, NotCompared)
    assert found.rule == rule


def test_why_two_reports_are_one_incident() -> None:
    found = explain(document("b_pd:2", precision="GPS"), document("a_pd:1", precision="GPS"))

    assert not isinstance(found, NotCompared)
    assert (found["left"], found["verdict"]) == ("a_pd:1", "SAME")
