"""What is remembered of texts: computed once, never for ever."""

from schemas.text.memo import Memo


def test_a_text_is_computed_once_and_a_long_one_each_time() -> None:
    asked: list[str] = []

    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    lengths = Memo(length, longest=3)

    assert [*map(lengths.__getitem__, ("abc", "abc", "abcd", "abcd"))] == [3, 3, 4, 4]
    assert asked == ["abc", "abcd", "abcd"]


def test_no_feed_fills_the_memory() -> None:
    lengths = Memo(len, longest=64, most=10)

    assert [lengths[str(number)] for number in range(100)] == [len(str(number)) for number in range(100)]
    assert len(lengths) <= 10
