"""Folded text has no accents, no case and no characters that nobody sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("MEXICALI", "mexicali"),
        ("Nogáles, Peñasco", "nogales, penasco"),
        ("ex\u00adplo\u200bsive", "explosive"),
        ("\uff21\uff22\uff23 \ufb01re", "abc fire"),
        ("Stra\u00dfe", "strasse"),
        ("", ""),
    ],
)
def test_text_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_folding_makes_accents_and_case_equal() -> None:
    assert (
        fold("PEDRADAS en la LÍNEA, Peña") == fold("pedradas EN LA linea, PEN\u0303A") == "pedradas en la linea, pena"
    )
