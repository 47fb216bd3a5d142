"""The tables of offenses are read strictly: a wrong row is refused by its line and field."""

from typing import Any

import pytest

from schemas.codes import taxonomy
from schemas.codes.taxonomy import phrase, singular
from schemas.errors import Configuration

CONCEPT = {
    "concept": "A_B", "family": "F", "rank": "1", "nibrs": "13A", "apco": "", "cnie": "30909", "label_en": "ex",
    "label_es": "equis", "synonyms_en": "", "synonyms_es": "", "source": "s", "edition": "e", "verified": "no",
}  # fmt: skip
ONE = taxonomy.read_concepts([(2, CONCEPT)], "t")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("concept", "a_b"),
        ("family", ""),
        ("rank", "0"),
        ("nibrs", "13A|13A"),
        ("nibrs", "13A,13B"),
        ("cnie", "3090"),
        ("label_es", ""),
        ("edition", ""),
        ("verified", "true"),
    ],
)
def test_a_wrong_row_of_the_taxonomy_is_refused(field: str, value: str) -> None:
    with pytest.raises(Configuration, match=f"t, line 2, {field}"):
        taxonomy.read_concepts([(2, {**CONCEPT, field: value})], "t")


def test_a_concept_has_one_row() -> None:
    with pytest.raises(Configuration, match="line 3, concept"):
        taxonomy.read_concepts([(2, CONCEPT), (3, {**CONCEPT, "family": "G"})], "t")


CODE = {
    "system": "s", "code": "1", "text": "t", "lang": "en", "concept": "A_B", "nibrs": "", "source": "s",
    "edition": "e", "verified": "no",
}  # fmt: skip
WORDING = {"phrase": "hit", "lang": "en", "concept": "A_B", "nibrs": "", "source": "s"}


@pytest.mark.parametrize(
    ("field", "value"), [("concept", "B"), ("lang", "fr"), ("nibrs", "13B"), ("system", ""), ("code", ""), ("text", "")]
)
def test_a_wrong_row_of_the_crosswalk_is_refused(field: str, value: str) -> None:
    with pytest.raises(Configuration, match="t, line 2"):
        taxonomy.read_crosswalk([(2, {**CODE, field: value})], ONE, "t")


@pytest.mark.parametrize(("field", "value"), [("concept", "B"), ("lang", ""), ("nibrs", "1"), ("phrase", "Hit")])
def test_a_wrong_wording_is_refused(field: str, value: str) -> None:
    with pytest.raises(Configuration, match=f"t, line 2, {field}"):
        taxonomy.read_phrases([(2, {**WORDING, field: value})], ONE, "t")


def test_a_phrase_or_a_code_with_two_meanings_is_refused() -> None:
    two: dict[str, Any] = ONE | taxonomy.read_concepts(
        [(2, {**CONCEPT, "concept": "B", "label_en": "zed", "label_es": "zeta"})], "t"
    )

    with pytest.raises(Configuration, match="line 3, phrase"):
        taxonomy.read_phrases([(2, WORDING), (3, {**WORDING, "phrase": "the hits", "concept": "B"})], two, "t")
    with pytest.raises(Configuration, match="line 2, phrase"):
        taxonomy.read_phrases([(2, {**WORDING, "phrase": "ex", "concept": "B"})], two, "t")
    with pytest.raises(Configuration, match="line 3, code"):
        taxonomy.read_crosswalk([(2, CODE), (3, {**CODE, "concept": "B", "text": "u"})], two, "t")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ladrones", "ladron"),
        ("peones", "peon"),
        ("zones", "zone"),
        ("bodies", "body"),
        ("ties", "tie"),
        ("hits", "hit"),
        ("gas", "gas"),
        ("cars", "car"),
        ("glass", "glass"),
        ("", ""),
    ],
)
def test_a_plural_of_either_language_has_its_singular(word: str, expected: str) -> None:
    assert singular(word) == expected


def test_a_phrase_is_its_words_without_case_marks_plurals_and_optional_words() -> None:
    assert phrase("CHECK THE WELFARE") == phrase("check-welfares") == ("check", "welfare")
    assert phrase("Agresión_sexual") == ("agresion", "sexual")
    assert phrase("of the") == phrase("") == ()


def test_no_more_of_a_long_word_is_compared_than_its_first_characters() -> None:
    word = "x" * taxonomy.MAX_WORD_CHARS

    assert phrase(word + "y") == phrase(word) == (word,)
    assert phrase(word[1:]) != (word,)


def test_a_meaning_names_a_code_where_it_has_fewer_than_its_concept() -> None:
    (concept,) = taxonomy.read_concepts([(2, {**CONCEPT, "nibrs": "13A|13B"})], "t").values()
    concepts = {concept.concept: concept}
    whole = taxonomy.read_phrases([(2, WORDING)], concepts, "t")["hit",]
    part = taxonomy.read_phrases([(2, {**WORDING, "nibrs": "13B"})], concepts, "t")["hit",]

    assert (whole.nibrs, whole.names_code) == (("13A", "13B"), False)
    assert (part.nibrs, part.names_code) == (("13B",), True)


def test_a_code_is_found_by_its_text_too_in_its_own_system_alone() -> None:
    meanings = taxonomy.read_crosswalk([(2, {**CODE, "code": "10-10R", "text": "Agresión"})], ONE, "t")

    assert meanings.keys() == {("s", "10-10r"), ("s", "agresion")}
