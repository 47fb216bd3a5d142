"""The taxonomy and what leads to it: closed both ways, strict, and trafficking apart from smuggling."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import offenses, taxonomy
from schemas.codes.offenses import CONCEPTS, CROSSWALK, PHRASES, concepts_named
from schemas.codes.taxonomy import phrase
from schemas.tables import reader as tables
from schemas.tables.reader import read_table

WORDS = [fields for _, fields in read_table("wordings.csv", taxonomy.PHRASE_COLUMNS)]
CODES = [fields for _, fields in read_table("crosswalk.csv", taxonomy.CROSSWALK_COLUMNS)]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_concept_is_reached_by_words_of_either_language(lang: str) -> None:
    reached = {fields["concept"] for fields in WORDS if fields["lang"] == lang}

    assert set(CONCEPTS) - reached == set()


def test_every_code_and_every_wording_leads_to_the_concept_of_its_row() -> None:
    for fields in CODES:
        assert CROSSWALK[fields["system"], fields["code"].casefold()].concept.concept == fields["concept"]
    for fields in WORDS:
        assert PHRASES[phrase(fields["phrase"])].concept.concept == fields["concept"]


def test_a_text_of_the_crosswalk_means_the_same_family_where_its_system_is_not_known() -> None:
    other = {
        f["text"] for f in CODES if offenses.meanings_in(f["text"])[0].concept.family != CONCEPTS[f["concept"]].family
    }

    assert other == set()


def test_a_concept_is_named_by_its_labels_synonyms_family_and_codes() -> None:
    for one in CONCEPTS.values():
        for words in (one.concept, one.family, one.label_en, one.label_es, *one.synonyms_en, *one.synonyms_es):
            assert one.concept in concepts_named(words), words
        for code in (*one.nibrs, *one.apco, *one.cnie):
            assert one.concept in concepts_named(code), code


NAMED = [
    ("assault", {"ASSAULT", "ROCK_THROWING", "STABBING", "THREATS", "MIGRANT_HARMED"}),
    ("AGGRAVATED ASSAULTS", {"ASSAULT"}),
    ("agresión", {"ASSAULT"}),
    ("agresiones", {"ASSAULT"}),
    ("13A", {"ASSAULT", "ROCK_THROWING", "STABBING", "SHOOTING"}),
    ("13a", {"ASSAULT", "ROCK_THROWING", "STABBING", "SHOOTING"}),
    ("30710", {"SMUGGLING"}),
    ("30709", {"TRAFFICKING"}),
    ("alien", {"ILLEGAL_CROSSING", "SMUGGLING"}),
    ("trata", {"TRAFFICKING"}),
    ("trata de personas", {"TRAFFICKING"}),
    ("tráfico de personas", {"SMUGGLING"}),
    ("human trafficking", {"TRAFFICKING"}),
    ("choque", {"COLLISION"}),
    ("hit-and-run", {"HIT_RUN"}),
    ("check the welfare", {"WELFARE_CHECK"}),
    ("VEH_FIRE", {"VEH_FIRE"}),
    ("no such thing", set()),
    ("", set()),
]


@pytest.mark.parametrize(("words", "concepts"), NAMED, ids=[words or "nothing" for words, _ in NAMED])
def test_a_users_words_name_concepts_in_either_language(words: str, concepts: set[str]) -> None:
    assert concepts_named(words) == concepts


def test_smuggling_and_trafficking_share_nothing() -> None:
    """Spanish tráfico de personas is smuggling, trata is trafficking: a false friend of English."""
    smuggling, trafficking = CONCEPTS["SMUGGLING"], CONCEPTS["TRAFFICKING"]

    assert smuggling.family != trafficking.family
    for codes in ("nibrs", "apco", "cnie"):
        assert not set(getattr(smuggling, codes)) & set(getattr(trafficking, codes))
    ours = re.compile(r"traffick|trata|explotacion|prostitu|servitude|servidumbre|bondage|forced labor|trabajo forzado")
    told = [fields["phrase"] for fields in WORDS if fields["concept"] == "TRAFFICKING"]
    assert [words for words in told if not ours.search(words)] == []
    assert [f["phrase"] for f in WORDS if f["concept"] != "TRAFFICKING" and re.search(r"\btrata\b", f["phrase"])] == []


BY_CODES: list[tuple[tuple[str, ...], str, str, list[str]]] = [
    ((), "", "30709", ["TRAFFICKING"]),
    ((), "alien", "", ["ILLEGAL_CROSSING", "SMUGGLING"]),
    (("30C",), "ALIEN", "", ["SMUGGLING"]),
    (("64A",), "", "", ["TRAFFICKING"]),
    (("520",), "SHOOT", "", ["SHOTS_FIRED"]),
    (("13A",), "SHOOT", "", ["SHOOTING"]),
    (("999",), "NOSUCH", "1", []),
]


@pytest.mark.parametrize(("nibrs", "apco", "cnie", "concepts"), BY_CODES)
def test_common_codes_mean_what_most_of_them_speak_for(
    nibrs: tuple[str, ...], apco: str, cnie: str, concepts: list[str]
) -> None:
    assert [one.concept for one in offenses.concepts_by_codes(nibrs, apco, cnie)] == concepts


WORDED = [
    ("CRASH/MAJOR/FATALITY", "COLLISION"),
    ("DISTURBANCE WITH WEAPON", "DISTURBANCE"),
    ("VEHICLE ON FIRE", "VEH_FIRE"),
    ("VEHICLE FIRE ALARM", "VEH_FIRE"),
    ("CHECK FIRE ALARM", "FIRE_ALARM"),
    ("UNKNOWN FIRE", "FIRE"),
    ("HOMICIDE/DECEASED PERSON", "HOMICIDE"),
    ("follow-up: homicide", "HOMICIDE"),
    ("Riña con lesionados", "FIGHT"),
    ("ROBO A CASA HABITACIÓN", "BURGLARY"),
    ("ROBO CON VIOLENCIA", "ROBBERY"),
    ("ROBO", "THEFT"),
]


@pytest.mark.parametrize(("text", "concept"), WORDED)
def test_the_longest_phrase_counts_and_the_graver_of_two_comes_first(text: str, concept: str) -> None:
    assert offenses.meanings_in(text)[0].concept.concept == concept


@given(st.text())
def test_any_text_has_a_meaning_or_none(text: str) -> None:
    assert all(meaning.concept.concept in CONCEPTS for meaning in offenses.meanings_in(text))
    assert concepts_named(text) <= set(CONCEPTS)


@given(st.lists(st.sampled_from([fields["phrase"] for fields in WORDS]), max_size=5))
def test_case_accents_and_spaces_change_no_meaning(phrases: list[str]) -> None:
    text = " / ".join(phrases)

    assert offenses.meanings_in(text.upper().replace(" ", "  ")) == offenses.meanings_in(text)


def test_a_verified_row_rests_on_no_number_from_a_transcription() -> None:
    """What was written from memory or copied from others' copies is not called verified."""
    assert [one.concept for one in CONCEPTS.values() if one.verified and one.cnie] == []
    assert [f["code"] for f in CODES if f["verified"] == "yes" and f["source"] != "statute number is real"] == []


def test_the_version_of_the_tables_is_told_here_too() -> None:
    assert offenses.tables_version() == tables.tables_version()
