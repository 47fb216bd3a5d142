"""Tables are read strictly, and have one version together."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from schemas.errors import Configuration
from schemas.tables import reader as tables

COLUMNS = ("name", "source")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1"),
        ("name\n", "line 1"),
        ("source,name\n", "line 1"),
        ("name,source\na\n", "line 2, source"),
        ("name,source\na,b,c\n", "line 2: more"),
        ("name,source\na,\n", "line 2, source"),
        ("name,source\na,s\n b,s\n", "line 3, name"),
        ('name,source\n"a" b,s\n', "line 2"),
        ('name,source\n"a\n', "line 2"),
    ],
)
def test_a_wrong_table_is_refused_naming_file_line_and_field(text: str, told: str) -> None:
    with pytest.raises(Configuration, match=rf"t\.csv, {told}"):
        list(tables.parse_table(text, "t.csv", COLUMNS))


def test_rows_come_with_their_lines() -> None:
    assert list(tables.parse_table('name,source\n"a, b",s\nc,s\n', "t.csv", COLUMNS)) == [
        (2, {"name": "a, b", "source": "s"}),
        (3, {"name": "c", "source": "s"}),
    ]


def test_a_field_may_hold_several_values() -> None:
    assert tables.split_values("a|b c") == ("a", "b c")
    assert tables.split_values("") == ()


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tables"
    shutil.copytree(str(files("schemas.tables")), folder)
    monkeypatch.setattr(tables, "files", lambda _: folder)
    return folder


def version() -> str:
    return tables.tables_version.__wrapped__()


def test_the_version_changes_with_every_byte_of_every_table_and_with_nothing_else(copied: Path) -> None:
    before = version()
    assert before == tables.tables_version()
    assert len(before) == 12

    for table in sorted(copied.glob("*.csv")):
        content = table.read_bytes()
        table.write_bytes(content + b"\n")
        assert version() != before, table.name
        table.write_bytes(content)
    (copied / "README.md").write_text("told in other words")
    assert version() == before


def test_a_renamed_table_is_another_version(copied: Path) -> None:
    before = version()
    (copied / "lexicon.csv").rename(copied / "lexicon2.csv")

    assert version() != before
