"""A narrative is analyzed once, and a part of it as if it were all."""

from schemas.text.analysis import analyze, narratives_of
from tests.streams.fakes import report


def test_a_language_tag_stands_for_the_language_that_the_lexicon_has() -> None:
    assert [analyze("", tag).lang for tag in ("en", "es-MX", "EN_us", "de", "")] == ["en", "es", "en", "", ""]


def test_the_beginning_of_a_text_is_analyzed_for_itself() -> None:
    whole = analyze("white sedan, red pickup", "en")

    assert whole.up_to(100) is whole
    assert whole.up_to(11) == analyze("white sedan", "en")
    assert whole.up_to(9).words == ("white", "sed")


def test_the_narratives_of_a_report_come_in_its_order() -> None:
    made = report(narratives=[{"lang": "es", "text": "lanzan piedras"}, {"lang": "", "text": "two cars"}])

    assert [narrative.words for narrative in narratives_of(made)] == [("lanzan", "piedras"), ("two", "cars")]
    assert narratives_of(made)[0].concepts() == {"throw", "rock"}
