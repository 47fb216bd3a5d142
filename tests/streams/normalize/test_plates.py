"""License plates of fields and of narratives."""

import pytest

from streams.normalize import plates


@pytest.mark.parametrize(
    ("text", "plate"),
    [
        ("4abc 123", "4ABC123"),
        ("ABC-12-34", "ABC1234"),
        ("AB1", "AB1"),
        ("AB", ""),
        ("A1??", ""),
        ("AB1**", "AB1?"),
        ("A" * 10, "A" * 10),
        ("A" * 11, ""),
        ("", ""),
    ],
)
def test_a_plate_has_three_to_ten_letters_and_digits(text: str, plate: str) -> None:
    assert plates.plate(text) == plate
