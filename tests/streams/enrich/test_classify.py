"""What is the offense of a report: told by the source, its code, its words, or a narrative that says one thing only."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes.offenses import CONCEPTS, PHRASES
from streams.enrich.classify import classify, disputed, unmapped

TEXTS = [" ".join(words) for words in PHRASES]
TRANSPORT = [" ".join(words) for words, told in PHRASES.items() if told.concept.concept == "SMUGGLING"]


def report(system: str = "", code: str = "", text: str = "", *narratives: str, **common: Any) -> dict[str, Any]:
    kind = {"code_system": system, "internal_code": code, "internal_text": text, "apco": "", "nibrs": [], "cnie": ""}
    return {
        "classification": {**kind, **common},
        "narratives": [{"lang": "", "text": narrative} for narrative in narratives],
    }


CASES = [
    (report("ten", "10-50", "MAJOR ACCIDENT"), "COLLISION", "code"),
    (report("ten", "10-50"), "COLLISION", "code"),
    (report("ten", "", "major accident"), "COLLISION", "code"),
    (report("ten", "10-10r", ""), "ROCK_THROWING", "code"),
    (report("mx", "S-241", "TRATA DE PERSONAS"), "TRAFFICKING", "code"),
    (report("mx", "S-240", "TRAFICO DE PERSONAS"), "SMUGGLING", "code"),
    (report("usc", "MED", "MEDICAL/RESCUE"), "MEDICAL", "code"),
    (report("nowhere", "10-50", "MAJOR ACCIDENT"), "COLLISION", "words"),
    (report("", "", "CRASH/MAJOR"), "COLLISION", "words"),
    (report("", "", "EMS EVENT"), "MEDICAL", "words"),
    (report("", "", "LAW ALARM"), "BURGLAR_ALARM", "words"),
    (report("", "", "CHECK SUBJECT"), "WELFARE_CHECK", "words"),
    (report("", "", "MVA"), "COLLISION", "words"),
    (report("", "", "choque"), "COLLISION", "words"),
    (report("", "", "RIÑA"), "FIGHT", "words"),
    (report("", "", "", "vehículo en llamas en el bordo"), "VEH_FIRE", "narrative"),
    (report("", "Z9", "SOMETHING ELSE", "subject was robbed"), "ROBBERY", "narrative"),
    (report("", "", "", "robbed, then shots fired"), "", ""),
    (report("", "", "", "possible trafficking victim"), "", ""),
    (report("", "", "ROBBERY", "vehicle on fire"), "ROBBERY", "words"),
    (report("", "10-50", ""), "", ""),
    (report("", "", "", "nothing that a table has"), "", ""),
    (report(), "", ""),
    (report("ten", "10-50", "", cnie="30710"), "SMUGGLING", "source"),
    (report("", "", "ROCKS THROWN", nibrs=["13A"]), "ROCK_THROWING", "source"),
    (report("", "", "", nibrs=["13A"]), "ASSAULT", "source"),
    (report("", "", "ROCKS THROWN", nibrs=["999"]), "ROCK_THROWING", "words"),
    (report("", "", "HUMAN TRAFFICKING", apco="ALIEN"), "ILLEGAL_CROSSING", "source"),
]


@pytest.mark.parametrize(("given", "concept", "by"), CASES, ids=[f"{n} {c}" for n, (_, c, _) in enumerate(CASES)])
def test_the_first_that_tells_it_decides(given: dict[str, Any], concept: str, by: str) -> None:
    found = classify(given)

    assert (found["concept"], found["mapped_by"]) == (concept, by)
    assert found["family"] == (CONCEPTS[concept].family if concept else "")


GUARD = [
    ("TRATA", "TRAFFICKING"),
    ("TRATA DE PERSONAS", "TRAFFICKING"),
    ("HUMAN TRAFFICKING", "TRAFFICKING"),
    ("TRÁFICO DE PERSONAS", "SMUGGLING"),
    ("TRAFICO DE INDOCUMENTADOS", "SMUGGLING"),
    ("TRAFICO HUMANO", "SMUGGLING"),
    ("TRASLADO DE MIGRANTES", "SMUGGLING"),
    ("ALIEN SMUGGLING", "SMUGGLING"),
    ("TRANSPORTING ALIENS", "SMUGGLING"),
    ("LOAD VEHICLE", "SMUGGLING"),
    ("HUMAN TRAFFICKING/LOAD VEHICLE", "SMUGGLING"),
    ("LOAD HOUSE - HUMAN TRAFFICKING", "SMUGGLING"),
    ("TRATA / TRAFICO DE PERSONAS", "SMUGGLING"),
    ("SEX TRAFFICKING, LOAD HOUSE", "TRAFFICKING"),
    ("EXPLOTACIÓN LABORAL, CASA DE SEGURIDAD MIGRANTES", "TRAFFICKING"),
    ("TRAFICO DE DROGA", "DRUGS"),
    ("TRAFICO DE ARMAS", "WEAPONS"),
    ("FIREARMS TRAFFICKING", "WEAPONS"),
    ("DRUG TRAFFICKING", "DRUGS"),
    ("TRAFFIC STOP", "TRAFFIC_STOP"),
    ("TRAFFICKING", ""),
    ("TRAFICO", ""),
]


@pytest.mark.parametrize(("text", "concept"), GUARD)
def test_smuggling_is_never_promoted_to_trafficking(text: str, concept: str) -> None:
    """Only where a text says trafficking; beside words of transport it has to tell the exploitation as well."""
    assert classify(report("", "", text))["concept"] == concept


@given(st.lists(st.sampled_from(TRANSPORT), min_size=1), st.booleans())
def test_words_of_transport_never_mean_trafficking(phrases: list[str], bare: bool) -> None:
    text = "; ".join(["human trafficking"] * bare + phrases)

    assert classify(report("", "", text))["concept"] != "TRAFFICKING"
    assert classify(report("", "", "", text))["concept"] != "TRAFFICKING"


@given(st.lists(st.sampled_from(TEXTS)))
def test_no_narrative_means_trafficking(phrases: list[str]) -> None:
    assert classify(report("", "", "", ", ".join(phrases)))["concept"] != "TRAFFICKING"


def test_the_common_codes_of_the_concept_are_told() -> None:
    found = classify(report("ca_pc", "245PC", "ASSAULT W/DEADLY WEAPON"))

    assert (found["nibrs"], found["apco"], found["cnie"]) == (["13A"], "ASSAULT", "30909")


def test_words_tell_which_of_the_nibrs_codes_it_is() -> None:
    assert classify(report("", "", "SIMPLE ASSAULT"))["nibrs"] == ["13B"]
    assert classify(report("", "", "ASSAULT"))["nibrs"] == ["13A", "13B"]


def test_the_codes_that_the_source_gives_stand() -> None:
    known = classify(report("", "", "", nibrs=["64B"]))
    unknown = classify(report("", "", "ROBBERY", nibrs=["999"], apco="NOSUCH", cnie="00000"))

    assert (known["concept"], known["nibrs"]) == ("TRAFFICKING", ["64B"])
    assert (unknown["concept"], unknown["nibrs"], unknown["apco"], unknown["cnie"]) == (
        "ROBBERY", ["999"], "NOSUCH", "00000",
    )  # fmt: skip


def test_what_one_report_is_given_is_not_shared_with_the_next() -> None:
    first = classify(report("", "", "ROBBERY"))
    first["nibrs"].append("changed")

    assert classify(report("", "", "ROBBERY"))["nibrs"] == ["120"]


@given(st.text(), st.text(), st.text(), st.lists(st.text()), st.lists(st.text()))
def test_any_report_has_an_offense_of_the_taxonomy_or_none(
    system: str, code: str, text: str, narratives: list[str], nibrs: list[str]
) -> None:
    given_report = report(system, code, text, *narratives, nibrs=nibrs)
    found = classify(given_report)

    assert found["concept"] in {"", *CONCEPTS}
    assert bool(found["concept"]) == bool(found["mapped_by"])
    assert classify(given_report) == found


@pytest.mark.parametrize(
    ("given", "work"),
    [
        (report("ten", "10-50", "MAJOR ACCIDENT"), False),
        (report("", "", "MVA"), False),
        (report("", "Z9", ""), True),
        (report("", "", "SOMETHING ELSE", "subject was robbed"), True),
        (report("", "", "", nibrs=["999"]), True),
        (report(), False),
        (report("", "", "", "vehicle on fire"), False),
    ],
)
def test_a_code_or_words_that_no_table_has_are_work(given: dict[str, Any], work: bool) -> None:
    assert unmapped(given, classify(given)) is work


@pytest.mark.parametrize(
    ("text", "said", "flagged"),
    [
        ("TRAFICO DE PERSONAS", {"force": True, "labour": True}, True),
        ("TRAFICO DE PERSONAS", {"fraud": True, "commercial_sex": True, "transport_only": False}, True),
        ("TRAFICO DE PERSONAS", {"force": True}, False),
        ("TRAFICO DE PERSONAS", {"transport_only": True}, False),
        ("TRAFICO DE PERSONAS", None, False),
        ("TRATA DE PERSONAS", {"transport_only": True}, True),
        ("TRATA DE PERSONAS", {"commercial_sex": False, "labour": False}, True),
        ("TRATA DE PERSONAS", {"commercial_sex": False, "labour": None}, False),
        ("TRATA DE PERSONAS", {"coercion": True, "labour": True}, False),
        ("TRATA DE PERSONAS", None, False),
        ("HOMICIDIO", {"force": True, "labour": True}, False),
    ],
)
def test_stated_elements_that_contradict_the_code_are_flagged_and_promote_nothing(
    text: str, said: dict[str, bool | None] | None, flagged: bool
) -> None:
    made = {**report("mx", "", text), "trafficking": said}

    assert disputed(made, classify(made)) is flagged
    assert classify(made) == classify(report("mx", "", text))
