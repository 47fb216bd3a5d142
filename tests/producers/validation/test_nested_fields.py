"""Text, persons, vehicles and handling: the path of what is invalid, and never the value."""

from typing import Any

import pytest

from producers.validation.nested_fields import (
    FIELD_ERRORS,
    MAX_OBJECTS,
    FieldError,
    as_field_error,
    handling,
    object_list,
    printable,
    text,
    unknown_field,
)
from schemas.errors import Reason

LEVELS = {"GREEN": "GREEN", "YELLOW": "YELLOW", "RED": "RED"}


def _error(read: Any, value: Any) -> FieldError:
    with pytest.raises(FIELD_ERRORS) as caught:
        read(value)
    return as_field_error(caught.value)


def test_text_has_bounds_in_characters() -> None:
    read = text(3, at_least=1)

    assert [read(value) for value in ("a", "áéí")] == ["a", "áéí"]
    for value in ("", "abcd", 5, None, b"a"):
        _error(read, value)


def test_text_without_nul_and_lone_surrogates() -> None:
    assert _error(text(), "a\x00").detail == "contains the character NUL"
    assert "surrogate" in _error(text(), "\udcff").detail


def test_an_object_is_read_by_the_keys_of_the_schema() -> None:
    read = object_list("persons")

    assert read([{"name": "EXAMPLE", "role": None}]) == [{"name": "EXAMPLE"}]
    assert read(()) == []


@pytest.mark.parametrize(("value", "path", "reason"), [
    ([{}, {"nmae": "x"}], "[1].nmae", Reason.UNKNOWN_FIELD),
    ([{"name": 5}], "[0].name", Reason.BAD_VALUE),
    (["x"], "[0]", Reason.BAD_VALUE),
    ({"name": "x"}, "", Reason.BAD_VALUE),
    ([{}] * (MAX_OBJECTS + 1), "", Reason.TOO_LARGE),
])  # fmt: skip
def test_an_invalid_object_is_refused_under_its_path(value: Any, path: str, reason: Reason) -> None:
    error = _error(object_list("persons"), value)

    assert (error.path, error.reason) == (path, reason)
    assert "EXAMPLE" not in error.expects + error.detail + error.hint


def test_as_many_objects_as_are_allowed_are_read() -> None:
    assert len(object_list("vehicles")([{}] * MAX_OBJECTS)) == MAX_OBJECTS


def test_handling_is_read_into_the_names_of_the_record() -> None:
    read = handling(LEVELS)

    assert read({"level": "RED", "rel_to": ["MEX"], "categories": ["LES"]}) == {
        "owner_level": "RED",
        "rel_to": ["MEX"],
        "cui_categories": ["LES"],
    }


@pytest.mark.parametrize(("value", "path"), [
    ({"level": "BLUE"}, ".level"),
    ({"rel_to": ["mex"]}, ".rel_to[0]"),
    ({"caveats": [""]}, ".caveats[0]"),
    ({"caveat": ["x"]}, ".caveat"),
])  # fmt: skip
def test_invalid_handling_is_refused_and_never_ignored(value: Any, path: str) -> None:
    assert _error(handling(LEVELS), value).path == path


def test_a_name_is_printable_and_short() -> None:
    assert printable("a\x1bb" + "x" * 100) == "a?b" + "x" * 61
    assert unknown_field("Name ", ["name", "role"]).hint == "did you mean name?"
    assert unknown_field("zzz", ["name", "role"]).hint == "known fields: name, role"
