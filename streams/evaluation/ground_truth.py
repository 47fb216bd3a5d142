"""Parse ground truth: pairs of reports labeled as the same incident or not, against which linking is scored; pure.

CSV with the header `left,right,label,basis`; `basis`, how the label is known, is optional.
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
"""Two report ids, the smaller one in byte order first."""


def pair_of(left: str, right: str) -> Pair:
    """Return the pair of two report ids, in either order."""
    return (left, right) if left.encode() <= right.encode() else (right, left)


def agency_of(report_id: str) -> str:
    """Return the agency of a report id."""
    return report_id.partition(":")[0]


def _id_fault(report_id: str) -> str:
    agency, colon, source_id = report_id.partition(":")
    if not report_id.isprintable():
        return "not printable text in UTF-8"
    return "" if AGENCY_ID.fullmatch(agency) and colon and source_id else "must be agency:source_id"


def _faults(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    for field in ("left", "right"):
        if why := _id_fault(row[field]):
            yield field, why
    if row["left"] == row["right"]:
        yield "right", "the same report as left"
    if row["label"] not in LABELS:
        yield "label", f"must be one of {', '.join(LABELS)}"


def _header_fault(header: Sequence[str]) -> str:
    fitting = set(_NEEDED) <= set(header) <= set(_HEADER) and len(set(header)) == len(header)
    return "" if fitting else f"columns must be {','.join(_HEADER)}"


def parse(lines: Iterable[bytes]) -> tuple[dict[Pair, str], list[BadLine]]:
    """Parse ground truth strictly: return pair -> label, and every bad line. A repeated pair counts once."""
    # Bytes that are not UTF-8 become unprintable characters, so that their line can be named.
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
                bad += _add(truth, header, cells, reader.line_num)
    except csv.Error as exc:
        bad.append(BadLine(reader.line_num, "line", str(exc)))
    return truth, bad


def _add(truth: dict[Pair, str], header: Sequence[str], cells: Sequence[str], number: int) -> list[BadLine]:
    """Add a row to `truth`, or return why it is bad."""
    if len(cells) != len(header):
        return [BadLine(number, "line", f"{len(cells)} cells under {len(header)} columns")]
    row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    bad = [BadLine(number, field, why) for field, why in _faults(row)]
    if not bad:
        label = truth.setdefault(pair_of(row["left"], row["right"]), row["label"])
        if label != row["label"]:
            return [BadLine(number, "label", f"this pair is labeled {label} above")]
    return bad
