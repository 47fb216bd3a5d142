"""The table of match weights: comparison, level, how likely it is for one incident and for two, and what it weighs."""

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
"""What speaks against two reports that share a block before anything is compared."""
SAME = ("verdict", "same")
UNSURE = ("verdict", "unsure")
NEEDED = (PRIOR, SAME, UNSURE)
UNWEIGHED = 255
"""Stands for a level without a row; so many rows has no comparison."""

Lines = Iterable[tuple[int, Mapping[str, str]]]


@dataclass(frozen=True)
class Table:
    """Match weights in bits: log2 of how much likelier a level is for one incident than for two that share a block.

    `weights` is comparison -> level -> bits; a level without a row weighs nothing and says so in the evidence.
    """

    weights: Mapping[str, Mapping[str, float]]
    same_from: float
    unsure_from: float
    prior: float
    digest: str

    @cached_property
    def version(self) -> str:
        """The name told in every decision: of these weights, and of all tables that the reports were read by."""
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
        """Return the level of each comparison that `packed` of the same table tells; '?' for one without a row."""
        return tuple(names.get(number, "?") for names, number in zip(self._names, packed, strict=True))

    def weight(self, comparison: str, level: str) -> float:
        """Give the bits of a level."""
        return self.weights[comparison].get(level, 0.0)

    def with_threshold(self, same_from: float) -> "Table":
        """Give the table with another threshold, the width in which a person is asked kept."""
        unsure = self.unsure_from + same_from - self.same_from
        return Table(self.weights, same_from, unsure, self.prior, f"{self.digest}@{same_from:g}")


def _number(fields: Mapping[str, str], where: str) -> float:
    try:
        value = float(fields["weight"])
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise Configuration(f"{where}, weight: {fields['weight']!r} is no number of bits")
    return value


def read(lines: Lines, name: str) -> Table:
    """Read a table of weights strictly. Raises: Configuration naming file, line and field."""
    found: dict[str, dict[str, float]] = {comparison: {} for comparison in COMPARISONS}
    said: dict[tuple[str, str], float] = {}
    digest = hashlib.sha256()
    for line, fields in lines:
        where, key = f"{name}, line {line}", (fields["comparison"], fields["level"])
        if key in said:
            raise Configuration(f"{where}, level: {key[0]} {key[1]} has a row already")
        if key not in NEEDED and (key[0] not in found or not key[1]):
            raise Configuration(f"{where}, comparison: one of {', '.join(COMPARISONS)}, with a level")
        said[key] = _number(fields, where)
        digest.update(f"{key[0]}\t{key[1]}\t{said[key]}\n".encode())
        if key not in NEEDED:
            found[key[0]][key[1]] = said[key]
    if missing := [" ".join(key) for key in NEEDED if key not in said]:
        raise Configuration(f"{name}: no row for {', '.join(missing)}")
    if crowded := [comparison for comparison, levels in found.items() if len(levels) >= UNWEIGHED]:
        raise Configuration(f"{name}: {crowded[0]} has more than {UNWEIGHED - 1} levels")
    if said[UNSURE] > said[SAME]:
        raise Configuration(f"{name}: verdict unsure begins above verdict same")
    return Table(found, said[SAME], said[UNSURE], said[PRIOR], digest.hexdigest()[:8])


def of_text(text: str, name: str) -> Table:
    """Read a table of weights that a user gives. Raises: Configuration naming file, line and field."""
    return read(parse_table(text, name, COLUMNS), name)


TABLE = read(read_table(NAME, COLUMNS), f"schemas/tables/{NAME}")
"""The table that is shipped."""
