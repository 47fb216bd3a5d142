"""Text layout for people: aligned columns, and lines wrapped at words to the width of the terminal.

Where output is not a terminal, `width` is None and lines keep their length, for programs to read.
"""

import shutil
import sys
from collections.abc import Iterable, Sequence
from textwrap import wrap

GAP = "  "
_DEEPEST = 0.6
"""Share of the width up to which lines may be indented."""
_INDENT = 4


def terminal_width() -> int | None:
    """Return the width of standard output in characters; None where it is not a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def align_columns(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """Return rows as lines with aligned columns; the last column is not padded."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return [
        (indent + GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip() for row in rows
    ]


def wrap_line(line: str, width: int | None) -> list[str]:
    """Wrap a line at words into lines of at most `width` characters; the following ones begin below its last cell."""
    if width is None or len(line) <= width:
        return [line]
    own = len(line) - len(line.lstrip())
    beneath = line.rfind(GAP, own, int(width * _DEEPEST)) + len(GAP)
    if beneath > own:
        # Cells before the last one keep their columns.
        lines = _cut(line, beneath, beneath, width)
        if all(len(wrapped) <= width for wrapped in lines):
            return lines
    own = own if own + _INDENT < width * _DEEPEST else 0
    return _cut(line.strip() if not own else line, own, own + _INDENT, width)


def _cut(line: str, kept: int, further: int, width: int) -> list[str]:
    """Wrap a line after its first `kept` characters; the following lines are indented by `further`."""
    parts = wrap(
        line[kept:],
        width,
        initial_indent=" " * kept,
        subsequent_indent=" " * further,
        break_long_words=False,
        break_on_hyphens=False,
    )
    first, *others = parts or [""]
    return [(line[:kept] + first[kept:]).rstrip(), *others]


def _longest_words(cells: Iterable[str]) -> int:
    return max((len(word) for cell in cells for word in cell.split()), default=0)


def _shares(least: Sequence[int], most: Sequence[int], room: int) -> list[int]:
    """Return the widths of columns: `least` each, and the rest of `room` shared evenly up to `most`."""
    widths, left = list(least), room - sum(least)
    while left and any(width < want for width, want in zip(widths, most, strict=True)):
        for at, want in enumerate(most):
            if widths[at] < want and left:
                widths[at] += 1
                left -= 1
    return widths


def table(rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Return the lines of a table whose first row is its header.

    Where it is wider than `width` characters, its widest columns go on a second line; else cells wrap; else each row is
    a block.
    """
    cells = list(zip(*rows, strict=True))
    most = [max(map(len, column)) for column in cells]
    if width is None or _wide(most) <= width:
        return align_columns(rows)
    beneath = _too_wide(most, width)
    if len(beneath) <= len(most) // 2:
        return _stacked(rows, beneath, width)
    least = [_longest_words(column) for column in cells]
    if _wide(least) > width:
        return _blocks(rows, width)
    widths = _shares(least, most, width - len(GAP) * (len(cells) - 1))
    return [line for row in rows for line in _wrapped(row, widths)]


def _wide(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _too_wide(most: Sequence[int], width: int) -> set[int]:
    """Return the widest columns, as many as must go for the others to fit."""
    left = sorted(range(len(most)), key=most.__getitem__)
    while left and _wide([most[at] for at in left]) > width:
        left.pop()
    return set(range(len(most))) - set(left)


def _stacked(rows: Sequence[Sequence[str]], beneath: set[int], width: int) -> list[str]:
    above = align_columns([[cell for at, cell in enumerate(row) if at not in beneath] for row in rows])
    lines = []
    for line, row in zip(above, rows, strict=True):
        under = GAP.join(cell for at, cell in enumerate(row) if at in beneath and cell)
        lines += [line, *(wrap_line(" " * _INDENT + under, width) if under else [])]
    return lines


def _wrapped(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    parts = [
        wrap(cell, max(width, 1), break_long_words=False, break_on_hyphens=False) or [""]
        for cell, width in zip(row, widths, strict=True)
    ]
    height = max(map(len, parts))
    lines = zip(*([*part, *[""] * (height - len(part))] for part in parts), strict=True)
    return [GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _blocks(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    head, *others = rows
    label = max(map(len, head))
    lines: list[str] = []
    for row in others:
        lines += [""] if lines else []
        for name, cell in zip(head, row, strict=True):
            if cell:
                lines += wrap_line(f"{name.ljust(label)}{GAP}{cell}", width)
    return lines
