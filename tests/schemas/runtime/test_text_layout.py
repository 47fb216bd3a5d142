"""Lines and tables: as they are for programs, within the terminal and whole words for people."""

import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.runtime.text_layout import align_columns, table, wrap_line

ROOT = Path(__file__).resolve().parents[3]
words = st.text("abcdefghij0123456789:-_.", min_size=1, max_size=30)
cells = st.lists(words, max_size=8).map(" ".join)
HEAD = ("seen (UTC)", "by", "near", "told by", "incident", "wanted")
ROW = ("2026-01-10 08:04:58", "plate", "US Laredo", "c5_tamaulipas laredo_pd", "i" + "a" * 26, "laredo_pd:INVENTED-1")


@st.composite
def rows(draw: st.DrawFn) -> list[list[str]]:
    wide = draw(st.integers(1, 7))
    return draw(st.lists(st.lists(cells, min_size=wide, max_size=wide), min_size=2, max_size=6))


@given(rows(), st.integers(20, 200))
def test_a_table_is_within_the_width_and_breaks_no_word(told: list[list[str]], width: int) -> None:
    lines = table(told, width)
    every = {word for row in told for cell in row for word in cell.split()}

    assert {word for line in lines for word in line.split()} <= every
    assert {word for row in told[1:] for cell in row for word in cell.split()} <= {
        w for one in lines for w in one.split()
    }
    assert all(len(line) <= width or len(line.split()) <= 2 for line in lines), lines


@given(rows())
def test_elsewhere_a_table_is_as_wide_as_it_is(told: list[list[str]]) -> None:
    assert table(told, None) == align_columns(told) == table(told, 10_000)


@pytest.mark.parametrize("width", [200, 120, 80, 60, 40])
def test_times_and_ids_are_whole_at_any_width(width: int) -> None:
    lines = table([HEAD, ROW], width)

    assert all(len(line) <= width for line in lines)
    for value in ("2026-01-10", "08:04:58", ROW[4], ROW[5], "c5_tamaulipas"):
        assert any(value in line for line in lines), value


def test_what_is_too_wide_has_its_widest_columns_on_a_line_beneath() -> None:
    assert table([HEAD, ROW], 80) == [
        "seen (UTC)           by     near       wanted",
        "    told by  incident",
        "2026-01-10 08:04:58  plate  US Laredo  laredo_pd:INVENTED-1",
        f"    c5_tamaulipas laredo_pd  {ROW[4]}",
    ]


def test_a_table_of_sentences_wraps_within_its_columns() -> None:
    sentence = "one two three four five six seven eight nine ten"
    assert table([("a", "b"), (sentence, sentence)], 40)[1:3] == [
        "one two three four   one two three four",
        "five six seven       five six seven",
    ]


def test_a_table_that_fits_in_no_other_way_is_a_block_for_each_row() -> None:
    lines = table([HEAD, ROW, ROW], 30)

    assert lines[:2] == ["seen (UTC)  2026-01-10", "            08:04:58"]
    assert lines.count("") == 1


@given(st.text("ab :-", max_size=300), st.integers(10, 120))
def test_a_line_is_within_the_width_and_keeps_its_words(line: str, width: int) -> None:
    lines = wrap_line(line, width)

    assert [word for one in lines for word in one.split()] == line.split()
    assert all(len(one) <= width or len(one.split()) <= 1 or one == line for one in lines if line.strip())
    assert wrap_line(line, None) == [line]


def test_what_goes_on_stands_beneath_the_last_cell() -> None:
    line = "agency          calexico_pd 764 (1,019), el_paso_pd 738 (992), nogales_pd 737 (983), laredo_pd 723 (938)"

    assert wrap_line(line, 60) == [
        "agency          calexico_pd 764 (1,019), el_paso_pd 738",
        "                (992), nogales_pd 737 (983), laredo_pd 723",
        "                (938)",
    ]
    assert wrap_line("  narrative of many words in a line", 20) == [
        "  narrative of many",
        "      words in a",
        "      line",
    ]


def test_columns_stand_beneath_each_other_and_do_not_trail() -> None:
    assert align_columns([("a", "b"), ("long", "")]) == ["a     b", "long"]


def test_a_command_writes_within_the_terminal_and_as_it_is_elsewhere() -> None:
    command = [sys.executable, "-m", "interagency", "doctor"]
    plain = subprocess.run(command, cwd=ROOT, capture_output=True, check=False).stdout.decode()
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, cwd=ROOT, stdout=theirs, env={**os.environ, "COLUMNS": "25"}) as process:
        os.close(theirs)
        told = b""
        with suppress(OSError):
            while part := os.read(ours, 4096):
                told += part
        process.wait()
    os.close(ours)
    lines = told.decode().replace("\r\n", "\n").splitlines()

    assert any(len(line) > 25 for line in plain.splitlines())
    assert all(len(line) <= 25 or len(line.split()) <= 2 for line in lines), lines
    assert len(lines) > len(plain.splitlines())
