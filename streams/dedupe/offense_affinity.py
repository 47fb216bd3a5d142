"""Compatible offenses: which two may describe one incident as different services code it (`tables/companions.csv`)."""

from schemas.codes.offenses import CONCEPTS
from schemas.errors import Configuration
from schemas.tables.reader import read_table

ANY = "*"
COLUMNS = ("offense", "with", "how", "because", "source")
HOW = ("usual", "together")
"""`usual`: one service's code for what the other service's code names; `together`: the two occur together."""

_NAMES = frozenset(name for concept in CONCEPTS.values() for name in (concept.concept, concept.family))


def _read() -> dict[tuple[str, str], str]:
    pairs: dict[tuple[str, str], str] = {}
    for line, row in read_table("companions.csv", COLUMNS):
        pair = row["offense"], row["with"]
        if row["how"] not in HOW or not {*pair} <= _NAMES | {ANY} or pair in pairs:
            raise Configuration(f"companions.csv, line {line}: concepts or families once, {' or '.join(HOW)}")
        pairs[pair] = pairs[pair[::-1]] = row["how"]
    return pairs


_PAIRS = _read()


def compatibility(left: tuple[str, str], right: tuple[str, str]) -> str:
    """Return how compatible two offenses, each (concept, family), are: 'usual', 'together' or ''; symmetric."""
    ways = {_PAIRS.get((a, b), "") for a in (*left, ANY) for b in (*right, ANY)}
    return next((how for how in HOW if how in ways), "")
