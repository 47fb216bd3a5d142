"""An error in a configuration file names the file, the row, the field and the reason."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from pydantic import ConfigDict, Field, StrictInt, TypeAdapter

from schemas.errors import Configuration
from schemas.strict import known_in, validated


@dataclass(frozen=True)
class Row:
    __pydantic_config__ = ConfigDict(extra="forbid")
    name: str
    count: StrictInt = 0
    colors: tuple[Annotated[str, known_in(("red", "blue"))], ...] = ()


@dataclass(frozen=True)
class File:
    __pydantic_config__ = ConfigDict(extra="forbid")
    title: str
    rows: Annotated[tuple[Row, ...], Field(alias="row")] = ()


FILE = TypeAdapter(File)


def test_a_valid_file_is_returned_as_values() -> None:
    assert validated(FILE, {"title": "t", "row": [{"name": "a", "colors": ["red"]}]}, "f.toml") == File(
        "t", (Row("a", 0, ("red",)),)
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "f.toml, title: missing"),
        ({"title": 1}, "f.toml, title: must be text"),
        ({"title": "t", "row": 1}, "f.toml, row: must be a list"),
        ({"title": "t", "row": [1]}, "f.toml, row: must be a table"),
        ({"titel": "t"}, "f.toml: unknown field titel"),
        ({"title": "t", "row": [{"name": "a"}, {"name": "b", "size": 1}]}, "f.toml, row b: unknown field size"),
        ({"title": "t", "row": [{"name": 1}]}, "f.toml, row 1, name: must be text"),
        ({"title": "t", "row": [{"name": "a", "count": "1"}]}, "f.toml, row a, count: must be a whole number"),
        ({"title": "t", "row": [{"name": "a", "count": True}]}, "f.toml, row a, count: must be a whole number"),
        ({"title": "t", "row": [{"name": "a", "colors": ["red", "green"]}]}, "row a, colors: 'green' is not known"),
    ],
)
def test_an_error_names_file_row_field_and_reason(content: object, message: str) -> None:
    with pytest.raises(Configuration) as refused:
        validated(FILE, content, "f.toml")
    assert message in str(refused.value)
