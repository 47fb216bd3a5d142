"""The table of match weights: comparison, level, its m- and u-probability, and its weight in bits."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

from schemas.errors import Configuration
from schemas.tables.reader import parse_table, read_table, tables_version
from streams.dedupe.compare import COMPARISONS

NAME = "match_weights.csv"
COLUMNS = ("comparison", "level", "m", "u", "judged", "weight", "source")
PRIOR = ("block", "shared")
"""The prior: what counts against two reports that share a block before anything is compared."""
SAME = ("verdict", "same")
UNSURE = ("verdict", "unsure")
NEEDED = (PRIOR, SAME, UNSURE)
UNWEIGHED = 255
"""Represents a level without a row; no comparison has that many rows."""

Lines = Iterable[tuple[int, Mapping[str, str]]]


@dataclass(frozen=True)
class Table:
    """Match weights in bits: log2 of how much likelier a level is for one incident than for two that share a block.

    `weights` is comparison -> level -> bits; a level without a row weighs nothing, and the evidence shows that.
    """

    weights: Mapping[str, Mapping[str, float]]
    same_from: float
    unsure_from: float
    prior: float
    digest: str

    @cached_property
    def version(self) -> str:
        """The version in every decision: of these weights, and of all tables that the reports were read with."""
        return f"{self.digest}/{tables_version()}"

    @cached_property
    def _numbers(self) -> tuple[dict[str, int], ...]:
        return tuple(
            {"": 0, **{level: number for number, level in enumerate(self.weights[comparison], 1)}}
            for comparison in COMPARISONS
        )

    @cached_property
    def _names(self) -> tuple[dict[int, str], ...]:
        return tuple({number: level for level, number in numbers.items()} for numbers in self._numbers)

    def packed(self, levels: Sequence[str]) -> bytes:
        """Return the level of each comparison as a byte: 0 for none, UNWEIGHED for one without a row."""
        return bytes([numbers.get(level, UNWEIGHED) for numbers, level in zip(self._numbers, levels, strict=True)])

    def unpacked(self, packed: bytes) -> tuple[str, ...]:
        """Return the levels in `packed`, which must be by the same table; '?' for a level without a row."""
        return tuple(names.get(number, "?") for names, number in zip(self._names, packed, strict=True))

    def weight(self, comparison: str, level: str) -> float:
        """Return the weight of a level in bits."""
        return self.weights[comparison].get(level, 0.0)

    def with_threshold(self, same_from: float) -> "Table":
        """Return the table with another threshold in bits; the range of UNSURE below it keeps its width."""
        unsure = self.unsure_from + same_from - self.same_from
        return Table(self.weights, same_from, unsure, self.prior, f"{self.digest}@{same_from:g}")


def _number(fields: Mapping[str, str], where: str) -> float:
    try:
        value = float(fields["weight"])
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise Configuration(f"{where}, weight: {fields['weight']!r} is not a number of bits")
    return value


def read(lines: Lines, name: str) -> Table:
    """Parse a table of weights strictly. Raises: Configuration naming file, line and field."""
    weights: dict[str, dict[str, float]] = {comparison: {} for comparison in COMPARISONS}
    bits: dict[tuple[str, str], float] = {}
    digest = hashlib.sha256()
    for line, fields in lines:
        where, key = f"{name}, line {line}", (fields["comparison"], fields["level"])
        if key in bits:
            raise Configuration(f"{where}, level: {key[0]} {key[1]} has a row already")
        if key not in NEEDED and (key[0] not in weights or not key[1]):
            raise Configuration(f"{where}, comparison: one of {', '.join(COMPARISONS)}, with a level")
        bits[key] = _number(fields, where)
        digest.update(f"{key[0]}\t{key[1]}\t{bits[key]}\n".encode())
        if key not in NEEDED:
            weights[key[0]][key[1]] = bits[key]
    if missing := [" ".join(key) for key in NEEDED if key not in bits]:
        raise Configuration(f"{name}: no row for {', '.join(missing)}")
    if crowded := [comparison for comparison, levels in weights.items() if len(levels) >= UNWEIGHED]:
        raise Configuration(f"{name}: {crowded[0]} has more than {UNWEIGHED - 1} levels")
    if bits[UNSURE] > bits[SAME]:
        raise Configuration(f"{name}: verdict unsure begins above verdict same")
    return Table(weights, bits[SAME], bits[UNSURE], bits[PRIOR], digest.hexdigest()[:8])


def of_text(text: str, name: str) -> Table:
    """Parse a table of weights provided by a user. Raises: Configuration naming file, line and field."""
    return read(parse_table(text, name, COLUMNS), name)


TABLE = read(read_table(NAME, COLUMNS), f"schemas/tables/{NAME}")
"""The shipped table."""
