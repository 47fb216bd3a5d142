"""A user's search, rewritten: each word in any language, the operators as they were."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.text.lexicon import words
from schemas.text.query_expansion import DEEPEST, query
from schemas.text.tokens import LANGUAGES, tokens
from tests.schemas.finding import Found


def finds(asked: str, text: str, lang: str) -> bool:
    rewritten = query(asked)
    return bool(rewritten) and Found(rewritten, tokens(text, lang)).every()


FINDS = [
    ("piedras", "ROCKS THROWN", "en", True),
    ("rocks", "lanzan piedras", "es", True),
    ("rocks", "windshield broken", "en", False),
    ("choques", "CHOQUE", "es", True),
    ("choques", "CHOQUE", "", True),
    ("crash", "CHOQUE", "es", True),
    ("tamaulipecos", "tamaulipeca", "es", True),
    ("tamaulipecos", "TAMAULIPECOS", "", True),
    ("the rocks", "lanzan piedras", "es", True),
    ("the", "the", "en", True),
    ("rocks driver", "lanzan piedras", "es", False),
    ("rocks driver", "lanzan piedras a conductor", "es", True),
    ("rocks | driver", "conductor", "es", True),
    ("rocks|driver", "conductor", "es", True),
    ("rocks OR driver", "conductor", "es", False),
    ("rocks -driver", "lanzan piedras a conductor", "es", False),
    ("rocks -driver", "lanzan piedras", "es", True),
    ("-(rocks | driver) crash", "choque", "es", True),
    ("-(rocks | driver) crash", "choque, conductor", "es", False),
    ('"rocks thrown"', "ROCKS THROWN", "en", True),
    ('"rocks thrown"', "thrown by rocks", "en", False),
    ('"thrown rocks"', "lanzan piedras", "es", True),
    ('"rocks thrown"', "lanzan piedras", "es", False),
    ('"lanzan piedras"', "lanzan piedras", "es", True),
    ('-"lanzan piedras" muro', "lanzan piedras al muro", "es", False),
    ("+rocks +fence", "rocks at the fence", "en", True),
    ("rock-throwing", "throwing of rocks", "en", True),
    ("piedr*", "ROCKS", "en", True),
    ("tamauli*", "tamaulipeca", "es", True),
    ("10-5*", "10-50", "en", True),
    ("10-50", "10-50", "en", True),
    ("10-50", "1050 MAIN ST", "en", False),
    ("SR-98", "SR98", "en", True),
    ("SR-98", "SR 98", "en", True),
    ("SR-98", "98 SR", "en", False),
    ("7lew330", "PLATE 7LEW330", "en", True),
    ("rocks~1", "rocks", "en", True),
    ("trata", "DRUG TRAFFICKING", "en", False),
    ("trafficking", "TRAFICO DE PERSONAS", "es", False),
    ("tráfico de personas", "HUMAN TRAFFICKING", "en", False),
]


@pytest.mark.parametrize(("asked", "text", "lang", "found"), FINDS, ids=[f"{a} in {t}" for a, t, *_ in FINDS])
def test_what_is_asked_for_is_found_in_either_language(asked: str, text: str, lang: str, found: bool) -> None:
    assert finds(asked, text, lang) is found


TEXTS = st.text() | st.lists(
    st.sampled_from(["ROCKS", "piedras", "the", "de", "SR-98", "10-50", "Ñandú", "running", "corriendo", "2", "once"]),
    min_size=1,
).map(" ".join)


@given(TEXTS, st.sampled_from(LANGUAGES), st.data())
def test_a_text_is_found_by_any_of_its_words(text: str, lang: str, data: st.DataObject) -> None:
    assume(words(text))
    some = data.draw(st.lists(st.sampled_from(words(text)), min_size=1))

    assert finds(" ".join(some), text, lang)


@given(TEXTS, st.sampled_from(LANGUAGES), st.data())
def test_a_text_is_found_by_any_phrase_of_it(text: str, lang: str, data: st.DataObject) -> None:
    every = words(text)
    assume(every)
    start = data.draw(st.integers(0, len(every) - 1))
    end = data.draw(st.integers(start + 1, len(every)))

    assert finds(f'"{" ".join(every[start:end])}"', text, lang)
    assert not finds(f'-"{" ".join(every[start:end])}"', text, lang)


@given(st.text() | st.text(alphabet='ab "()|-+*~\\2', max_size=60))
def test_whatever_is_asked_becomes_a_query_whose_operators_all_have_their_parts(asked: str) -> None:
    rewritten = query(asked)

    assert words(asked) or not rewritten
    if rewritten:
        left = Found(rewritten, "")
        left.every()
        assert left.left == []
        assert rewritten.count('"') % 2 == 0


def test_parentheses_too_deep_are_left_out() -> None:
    rewritten = query("(" * 50 + "fence" + ")" * 50)

    assert 0 < rewritten.count("(") <= DEEPEST + 1
    assert rewritten.count("(") == rewritten.count(")")


@pytest.mark.parametrize("asked", ["", "   ", "!!!", "()", "-", '""', "|", "- | -"])
def test_what_has_no_word_asks_for_nothing(asked: str) -> None:
    assert query(asked) == ""


def test_a_phrase_keeps_how_far_apart_its_words_may_be() -> None:
    assert query('"fence rocks"~2') == '("fence_ rock_"~2 | "fenc rocks"~2 | "_fence _rocks"~2)'
