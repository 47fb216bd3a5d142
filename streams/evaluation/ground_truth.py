"""Pairs of reports that somebody knows to be the same incident or not: the truth that joining is measured by; pure.

CSV with the header `left,right,label,basis` (`basis`, how it is known, may be missing).
"""

import csv
from collections.abc import Iterable, Iterator, Sequence

from schemas.runtime.files import BadLine
from schemas.topics import AGENCY_ID

SAME, DIFFERENT, IGNORE = "1", "0", "ignore"
LABELS = (SAME, DIFFERENT, IGNORE)
_NEEDED = ("left", "right", "label")
_HEADER = (*_NEEDED, "basis")

Pair = tuple[str, str]
"""Two report ids, the smaller in byte order first."""


def pair_of(left: str, right: str) -> Pair:
    """Give the pair of two report ids, whichever is named first."""
    return (left, right) if left.encode() <= right.encode() else (right, left)


def agency_of(report_id: str) -> str:
    """Tell whose report this is."""
    return report_id.partition(":")[0]


def _id_fault(report_id: str) -> str:
    agency, colon, source_id = report_id.partition(":")
    if not report_id.isprintable():
        return "not printable text in UTF-8"
    return "" if AGENCY_ID.fullmatch(agency) and colon and source_id else "an id is agency:source_id"


def _faults(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    for field in ("left", "right"):
        if why := _id_fault(row[field]):
            yield field, why
    if row["left"] == row["right"]:
        yield "right", "the same report as left"
    if row["label"] not in LABELS:
        yield "label", f"one of {', '.join(LABELS)}"


def _header_fault(header: Sequence[str]) -> str:
    fitting = set(_NEEDED) <= set(header) <= set(_HEADER) and len(set(header)) == len(header)
    return "" if fitting else f"the columns are {','.join(_HEADER)}"


def parse(lines: Iterable[bytes]) -> tuple[dict[Pair, str], list[BadLine]]:
    """Read the truth strictly: pair -> label, and every line that cannot be used. The same pair twice counts once."""
    # What is no UTF-8 becomes characters that are not printable, so its line can be named.
    texts = (
        line.decode("utf-8-sig" if number == 0 else "utf-8", "surrogateescape") for number, line in enumerate(lines)
    )
    reader = csv.reader(texts, strict=True)
    truth: dict[Pair, str] = {}
    bad: list[BadLine] = []
    try:
        header = next(reader, [])
        if why := _header_fault(header):
            return {}, [BadLine(1, "header", why)]
        for cells in reader:
            if cells:
                bad += _taken(truth, header, cells, reader.line_num)
    except csv.Error as exc:
        bad.append(BadLine(reader.line_num, "line", str(exc)))
    return truth, bad


def _taken(truth: dict[Pair, str], header: Sequence[str], cells: Sequence[str], number: int) -> list[BadLine]:
    """Put one row into `truth`, or tell why it cannot be used."""
    if len(cells) != len(header):
        return [BadLine(number, "line", f"{len(cells)} cells beneath {len(header)} columns")]
    row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    bad = [BadLine(number, field, why) for field, why in _faults(row)]
    if not bad:
        label = truth.setdefault(pair_of(row["left"], row["right"]), row["label"])
        if label != row["label"]:
            return [BadLine(number, "label", f"this pair stands further up as {label}")]
    return bad
