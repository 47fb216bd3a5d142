"""What commands print: JSON for programs, tables and lines for people."""

from collections.abc import Sequence
from typing import Any

import typer


def print_json(value: Any) -> None:
    """Print one JSON value for people and programs alike."""
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2))


def print_table(rows: Sequence[Sequence[str]], otherwise: str) -> None:
    """Print rows, of which the first is the head; print `otherwise` where there are no others."""
    from schemas.runtime.text_layout import table, terminal_width

    typer.echo("\n".join(table(rows, terminal_width()) if len(rows) > 1 else [otherwise]))


def print_cells(rows: Sequence[Sequence[str]]) -> None:
    """Print rows, of which the first is the head: on a terminal as a table, else divided by tabs."""
    from schemas.runtime.text_layout import terminal_width

    if terminal_width() is None:
        typer.echo("\n".join("\t".join(row) for row in rows))
    else:
        print_table(rows, "")


def print_lines(lines: Sequence[str]) -> None:
    """Print lines of text; on a terminal none is wider than it, unless a word is."""
    from schemas.runtime.text_layout import terminal_width, wrap_line

    width = terminal_width()
    typer.echo("\n".join(part for text in lines for line in text.split("\n") for part in wrap_line(line, width)))
