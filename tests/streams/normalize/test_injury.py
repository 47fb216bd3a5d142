"""How badly somebody is hurt: the gravest that persons and narratives state, else the type. All are invented."""

from typing import Any

import pytest

from schemas.text.analysis import analyze, narratives_of
from streams.normalize import injury as module
from streams.normalize.injury import DEGREES, LONGEST_TEXT, LONGEST_TYPE, injury
from tests.streams.fakes import report


@pytest.mark.parametrize(
    ("text", "kind", "degree"),
    [
        ("2 VEH TC, NO INJ", "", "NONE"),
        ("dos vehiculos, sin lesionados", "", "NONE"),
        ("se desconoce si hay lesionados", "", ""),
        ("MINOR INJ", "", "MINOR"),
        ("lesiones leves", "", "MINOR"),
        ("MAJOR INJ", "", "SEVERE"),
        ("MALE DECEASED", "", "FATAL"),
        ("NO INJ", "MAJOR ACCIDENT", "NONE"),
        ("", "CRASH/MAJOR/NON FATAL", "SEVERE"),
        ("", "CRASH/MINOR", "MINOR"),
        ("windshield broken", "ROCKS THROWN", ""),
    ],
)
def test_an_injury_is_one_of_four_degrees_in_either_language(text: str, kind: str, degree: str) -> None:
    told = report(persons=[])
    told["classification"] = {**told["classification"], "internal_text": kind}

    assert injury(told, [analyze(text, lang) for lang in ("en", "es")]) == degree


def test_the_gravest_injury_of_a_person_counts() -> None:
    person_of = report()["persons"][0]
    told = report(persons=[{**person_of, "injury": code} for code in ("N", "M", "B")], narratives=[])

    assert injury(told, narratives_of(told)) == "SEVERE"


def hurt(kind: str = "", narrative: str = "", *codes: str) -> str:
    made = report(persons=[{**report()["persons"][0], "injury": code} for code in codes])
    made["classification"] = {**made["classification"], "internal_text": kind}
    return injury(made, [analyze(narrative, "en")])


@pytest.mark.parametrize(
    ("code", "degree"), [*dict.fromkeys("BILOTU", "SEVERE").items(), ("M", "MINOR"), ("N", "NONE"), ("", ""), ("X", "")]
)
def test_each_code_of_nibrs_is_a_degree(code: str, degree: str) -> None:
    assert hurt("", "", code) == degree


def test_a_narrative_and_a_person_are_read_together_and_the_type_only_without_them() -> None:
    assert hurt("FATAL CRASH", "MINOR INJ", "N") == "MINOR"
    assert hurt("FATAL CRASH", "", "M") == "MINOR"
    assert hurt("FATAL CRASH", "VEH ON SHOULDER", "") == "FATAL"


@pytest.mark.parametrize(
    ("narrative", "degree"), [("NO INJ", "NONE"), ("NO VEH, MINOR INJ", "MINOR"), ("NOT DEAD", "SEVERE"), ("NO", "")]
)
def test_only_the_word_right_before_denies(narrative: str, degree: str) -> None:
    assert hurt("", narrative) == degree


def test_degrees_are_in_the_order_of_gravity() -> None:
    assert DEGREES == ("", "NONE", "MINOR", "SEVERE", "FATAL")


def test_what_follows_the_longest_text_is_not_read() -> None:
    filler = "X " * (LONGEST_TEXT // 2)

    assert hurt("", filler[:-12] + "DECEASED") == "FATAL"
    assert hurt("", filler + "DECEASED") == ""


def test_a_longer_type_is_read_and_not_remembered() -> None:
    def remembered(kind: str) -> tuple[str, Any]:
        before = len(module._OF_TYPE)
        return hurt(kind), len(module._OF_TYPE) - before

    assert remembered("FATAL".ljust(LONGEST_TYPE, "-")) == ("FATAL", 1)
    assert remembered("FATAL".ljust(LONGEST_TYPE + 1, "-")) == ("FATAL", 0)
