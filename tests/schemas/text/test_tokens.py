"""Search tokens: one for each word, the same in both languages where the lexicon knows it."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.codes.offenses import CONCEPTS
from schemas.folding import fold
from schemas.records.report import Offense
from schemas.text.analysis import analyze
from schemas.text.lexicon import words
from schemas.text.query_expansion import query
from schemas.text.tokens import LANGUAGES, address_tokens, language_of, search_text, token, tokens
from tests.schemas.finding import Found

NO_OFFENSE: Offense = {"concept": "", "family": "", "nibrs": [], "apco": "", "cnie": "", "mapped_by": ""}

CASES = [
    ("ROCKS THROWN", "en", "rock_ throw_"),
    ("Lanzan piedras", "es", "throw_ rock_"),
    ("persecuciones", "es", "pursuit_"),
    ("detonaciones, detonación", "es", "shot_ shot_"),
    ("elopements", "en", "elop"),
    ("tamaulipecos tamaulipeca", "es-MX", "tamaulipec tamaulipec"),
    ("tamaulipecos", "", "tamaulipecos"),
    ("tamaulipecos", "fr", "tamaulipecos"),
    ("four subjects, 4 subjects", "en", "4 subject_ 4 subject_"),
    ("10-50 ON SR-98", "en", "10_50 on sr98"),
    ("7LEW33? 7lew330", "es", "7lew33 7lew330"),
    ("", "en", ""),
]


@pytest.mark.parametrize(("text", "lang", "told"), CASES)
def test_a_word_is_its_concept_else_its_stem_else_itself(text: str, lang: str, told: str) -> None:
    assert tokens(text, lang) == told


TEXTS = st.text() | st.lists(
    st.sampled_from(["ROCKS", "piedras", "w/", "SR-98", "10-50", "Ñandú", "running", "corriendo", ",", "2"])
).map(" ".join)


@given(TEXTS, st.sampled_from([*LANGUAGES, "es-MX", "xx"]))
def test_there_is_one_token_for_each_word_whatever_the_text(text: str, lang: str) -> None:
    told = tokens(text, lang).split(" ") if words(text) else []

    assert len(told) == len(words(text))
    assert all(told)
    assert tokens(text, lang) == tokens(text, lang).strip() == fold(tokens(text, lang))


@given(TEXTS, st.sampled_from(LANGUAGES))
def test_tokens_are_kept_whole_by_an_analyzer_that_cuts_at_signs(text: str, lang: str) -> None:
    assert all(one.replace("_", "").isalnum() for one in tokens(text, lang).split())


@given(TEXTS, st.sampled_from(LANGUAGES))
def test_case_and_accents_change_no_token(text: str, lang: str) -> None:
    assert tokens(fold(text), lang) == tokens(text, lang)


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1))
def test_no_word_looks_like_a_concept(word: str) -> None:
    """A concept ends in '_', so that the color red is not the Spanish word red."""
    assert all(not one.endswith("_") for one in words(word))


def test_the_color_is_not_the_net() -> None:
    assert token("rojo", "es") == token("red", "en") == "red_"
    assert token("red", "es") == "red"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("windshield broken by rocks, 4 subjects on levee", "en"),
        ("Se reporta accidente vial, lesiones leves", "es"),
        ("PERSONA CAE DEL MURO", "es"),
        ("TC WITH INJ", "en"),
        ("CHEV 4", ""),
        ("", ""),
    ],
)
def test_a_language_is_recognized_by_the_words_that_only_it_has(text: str, lang: str) -> None:
    assert language_of(words(text)) == lang


def offense(concept: str) -> Offense:
    return {**NO_OFFENSE, "concept": concept, "mapped_by": "code"}


def test_a_report_is_found_by_its_place_words_and_code_and_by_its_offense_in_both_languages() -> None:
    told = search_text(
        "2ND ST / HEFFERNAN AVE",
        "ROCKS THROWN",
        "10-10R",
        offense("ROCK_THROWING"),
        [analyze("windshield broken", "en"), analyze("huyeron", "es")],
    ).split()

    assert {"_2nd", "_heffernan", "rock_", "throw_", "10_10r", "windshield_", "break_", "flee_", "assault_"} <= set(
        told
    )


def test_a_route_is_found_however_it_is_written() -> None:
    assert search_text("SR-98 / I-8", "", "", NO_OFFENSE, []) == "_sr98 _i8 _sr _98 _i _8"
    assert search_text("", "", "", NO_OFFENSE, [analyze("SR-98 wb", "en")]).endswith(" sr 98")


def test_own_words_are_read_in_the_language_of_the_narrative_else_in_each() -> None:
    assert search_text("", "elopements", "", NO_OFFENSE, [analyze("", "en")]) == "elop"
    assert search_text("", "elopements", "", NO_OFFENSE, [analyze("the driver was hit", "")]).split()[0] == "elop"
    assert search_text("", "elopements", "", NO_OFFENSE, []) == "elopements elop"


def test_every_concept_has_words_in_both_languages_to_be_found_by() -> None:
    for one in CONCEPTS.values():
        told = search_text("", "", "", offense(one.concept), [])
        assert tokens(one.label_en, "en") in told
        assert tokens(one.label_es, "es") in told


@pytest.mark.parametrize(
    ("asked", "concepts"),
    [
        ("trata", {"TRAFFICKING"}),
        ("human trafficking", {"TRAFFICKING"}),
        ('"tráfico de personas"', {"SMUGGLING"}),
        ("alien smuggling", {"SMUGGLING"}),
    ],
)
def test_trafficking_and_smuggling_are_found_apart_in_either_language(asked: str, concepts: set[str]) -> None:
    found = {name for name in CONCEPTS if Found(query(asked), search_text("", "", "", offense(name), [])).every()}

    assert found == concepts


def test_an_offense_that_no_table_has_gives_no_words() -> None:
    assert search_text("", "", "", offense("FROM_ANOTHER_TABLE"), []) == ""


@given(TEXTS, TEXTS, TEXTS, st.lists(st.tuples(st.sampled_from([*LANGUAGES, "xx"]), TEXTS)))
def test_any_report_has_search_text(address: str, text: str, code: str, told: list[tuple[str, str]]) -> None:
    narratives = [analyze(narrative, lang) for lang, narrative in told]
    found = search_text(address, text, code, NO_OFFENSE, narratives)

    assert found == found.strip() == search_text(address, text, code, NO_OFFENSE, narratives)
    assert set(address_tokens(address).split()) <= set(found.split())


def test_the_block_of_an_address_is_not_a_black_car() -> None:
    told = search_text("200 BLK ELM ST", "", "", NO_OFFENSE, [analyze("BLK SEDAN", "en")])

    assert told.split().count("black_") == 1
    assert found("black", told)
    for asked in ("200 blk elm", "200 block elm", '"elm st"', "el*"):
        assert found(asked, told)


def found(asked: str, told: str) -> bool:
    return Found(query(asked), told).every()


@pytest.mark.parametrize(
    ("asked", "address", "is_found"),
    [
        ("piedras", "CHIMNEY ROCK RD", False),
        ("rocks", "CHIMNEY ROCK RD", False),
        ("stones", "1500 STONE ST", False),
        ("rock", "CHIMNEY ROCK RD", True),
        ("chimney rock", "CHIMNEY ROCK RD", True),
        ('"chimney rock"', "CHIMNEY ROCK RD", True),
        ('"rock chimney"', "CHIMNEY ROCK RD", False),
        ("piedras", "CALLE PIEDRAS NEGRAS", True),
        ("piedra", "CALLE PIEDRAS NEGRAS", False),
        ("rocks", "CALLE PIEDRAS NEGRAS", False),
        ("parking", "PARK AVE", False),
        ("imperial ave", "200 BLK IMPERIAL AVE", True),
        ("IMPERIAL  Áve", "200 BLK IMPERIAL AVE", True),
        ("imper*", "200 BLK IMPERIAL AVE", True),
        ("-imperial", "200 BLK IMPERIAL AVE", False),
        ("-rocks", "CHIMNEY ROCK RD", True),
        ("peña", "C PEÑA 12", True),
        ("SR 98", "SR-98 / I-8", True),
        ("I-8", "SR-98 / I 8", True),
        ("red", "RED BLUFF DR", True),
        ("rojo", "RED BLUFF DR", False),
    ],
)
def test_an_address_is_found_as_it_is_written_and_by_no_meaning(asked: str, address: str, is_found: bool) -> None:
    assert found(asked, search_text(address, "", "", NO_OFFENSE, [])) is is_found


@pytest.mark.parametrize("asked", ["piedras", "rocks", "rock", "pedradas"])
def test_what_is_meant_is_found_in_narratives_and_types_beside_an_address(asked: str) -> None:
    for told in (
        search_text("ELM ST", "", "", NO_OFFENSE, [analyze("throwing rocks", "en")]),
        search_text("ELM ST", "", "", NO_OFFENSE, [analyze("lanzan piedras", "es")]),
        search_text("ELM ST", "ROCKS THROWN", "", NO_OFFENSE, []),
        search_text("ELM ST", "", "", offense("ROCK_THROWING"), []),
    ):
        assert found(asked, told)


@given(TEXTS, st.data())
def test_an_address_is_found_by_any_of_its_words_and_any_phrase_of_it(address: str, data: st.DataObject) -> None:
    every = words(address)
    assume(every)
    told = search_text(address, "", "", NO_OFFENSE, [])
    start = data.draw(st.integers(0, len(every) - 1))

    assert found(every[start], told)
    assert found(f'"{" ".join(every[start:])}"', told)
