"""The concept lexicon: one word for what English and Spanish say differently."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes.taxonomy import MAX_WORD_CHARS
from schemas.errors import Configuration
from schemas.folding import fold
from schemas.text import lexicon
from schemas.text.analysis import analyze
from schemas.text.lexicon import FORMS, Kind, words

SAME = [
    ("ROCKS THROWN", "en", "lanzan piedras", "es"),
    ("WHITE HOND CIVIC", "en", "Honda Civic blanco", "es"),
    ("FLED NB", "en", "huye rumbo norte", "es"),
    ("TC", "en", "CHOQUE", "es"),
    ("two males", "en", "2 masculinos", "es"),
    ("backpacks at the fence", "en", "mochilas en la barda", "es"),
    ("found fentanyl", "en", "aseguran fentanilo", "es"),
    ("driver and occupants", "en", "conductor y ocupantes", "es"),
]


@pytest.mark.parametrize(("one", "its", "other", "others"), SAME, ids=[one for one, *_ in SAME])
def test_what_both_languages_say_is_the_same(one: str, its: str, other: str, others: str) -> None:
    assert analyze(one, its).concepts() == analyze(other, others).concepts() != set()


ONLY = [
    ("once", "es", ("11",)),
    ("once", "en", ()),
    ("rojo", "en", ()),
    ("red", "es", ()),
    ("trailer", "", ("trailer",)),
    ("CHEV", "es", ("chevrolet",)),
    ("CHEV", "fr", ("chevrolet",)),
    ("piedras", "es-MX", ("rock",)),
    ("piedras", "EN_us", ()),
    ("rocks and piedras", "", ("rock",)),
]


@pytest.mark.parametrize(("text", "lang", "told"), ONLY)
def test_a_form_belongs_to_its_language(text: str, lang: str, told: tuple[str, ...]) -> None:
    assert analyze(text, lang).concepts() == set(told)


def test_the_entries_of_a_text_keep_their_order_and_their_kind() -> None:
    entries = analyze("WHITE NISS ALTIMA AND BLUE PICKUP, MINOR INJ", "en").entries

    assert [entry.concept for entry in entries if entry.kind is Kind.COLOUR] == ["white", "blue"]
    assert [entry.concept for entry in entries if entry.kind is Kind.MAKE] == ["nissan"]
    assert [entry.concept for entry in entries if entry.kind is Kind.VEHICLE_KIND] == ["pickup"]
    assert not [entry for entry in entries if entry.kind is Kind.WEAPON]


WORDS = [
    ("10-50 on SR-98/I-8", ["10_50", "on", "sr98", "i8"]),
    ("2800.1VC; 26-053619", ["2800_1vc", "26_053619"]),
    ("plates ABC-12-34, 7LEW33?", ["plates", "abc12_34", "7lew33"]),
    ("hit-and-run w/inj.", ["hit", "and", "run", "w", "inj"]),
    ("F-150 CRASH/MAJOR", ["f150", "crash", "major"]),
    ("Colisión, ÑANDÚ", ["colision", "nandu"]),
    ("abcde-12", ["abcde", "12"]),
    ("x" * 100, ["x" * MAX_WORD_CHARS]),
    ("-- ... //", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "told"), WORDS, ids=[text[:20] for text, _ in WORDS])
def test_codes_and_plates_stay_whole_and_all_else_parts(text: str, told: list[str]) -> None:
    assert list(words(text)) == told


@given(st.text())
def test_a_word_has_no_sign_that_an_analyzer_cuts_at(text: str) -> None:
    for word in words(text):
        assert 0 < len(word) <= MAX_WORD_CHARS
        assert word.replace("_", "").isalnum()
        assert not word.endswith("_")


@given(st.text() | st.text(alphabet="ab1-._ /"))
def test_words_of_words_are_the_same_words(text: str) -> None:
    assert words(" ".join(words(text))) == words(text)


@given(st.text() | st.text(alphabet="aÁß\u0301\u00a0\u0085\x1c\u00ad\u200b\ufdfa-._ 19/"))
def test_a_text_has_the_words_that_it_has_when_it_is_cut_as_a_whole(text: str) -> None:
    whole = tuple(
        word if len(word) < MAX_WORD_CHARS and word.isalnum() else lexicon._whole(word[:MAX_WORD_CHARS])
        for word in lexicon._WORD.findall(fold(text))
    )

    assert words(text) == whole


@given(st.lists(st.sampled_from(sorted(FORMS["en"]))), st.randoms())
def test_the_order_of_words_does_not_matter(forms: list[str], random: object) -> None:
    shuffled = list(forms)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert analyze(" ".join(forms), "en").concepts() == analyze(" ".join(shuffled).upper(), "en").concepts()


def test_every_kind_is_used() -> None:
    assert {entry.kind for forms in FORMS.values() for entry in forms.values()} == set(Kind)


ROW = {"concept": "rock", "kind": "weapon", "any": "", "en": "rock|rocks", "es": "piedra", "source": "s"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"concept": "Rock"},
        {"concept": "rock_"},
        {"kind": "mineral"},
        {"en": "Rock"},
        {"en": "two words"},
        {"es": "piedrón"},
        {"any": "rock-1"},
    ],
    ids=str,
)
def test_a_wrong_row_is_refused(wrong: Mapping[str, str]) -> None:
    with pytest.raises(Configuration, match=f"t, line 2, {next(iter(wrong))}"):
        lexicon.read([(2, {**ROW, **wrong})], "t")


def test_a_form_has_one_meaning_in_a_language() -> None:
    with pytest.raises(Configuration, match="line 3, en: 'rock'"):
        lexicon.read([(2, ROW), (3, {**ROW, "concept": "music", "es": ""})], "t")
    with pytest.raises(Configuration, match="line 3, any: 'piedra'"):
        lexicon.read([(2, ROW), (3, {**ROW, "concept": "name", "any": "piedra", "en": "", "es": ""})], "t")


def test_a_form_that_the_languages_read_differently_has_no_meaning_where_the_language_is_not_known() -> None:
    other = {**ROW, "concept": "pedro", "en": "piedra", "es": "rock"}
    forms = lexicon.read([(2, ROW), (3, {**other, "en": "piedra", "es": ""})], "t")

    assert (forms["en"]["piedra"].concept, forms["es"]["piedra"].concept) == ("pedro", "rock")
    assert "piedra" not in forms[""]
    assert forms[""]["rocks"].concept == "rock"
