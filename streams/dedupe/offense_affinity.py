"""Which offenses may speak of one incident in the words of different services: `tables/companions.csv`."""

from schemas.codes.offenses import CONCEPTS
from schemas.errors import Configuration
from schemas.tables.reader import read_table

ANY = "*"
COLUMNS = ("offense", "with", "how", "because", "source")
HOW = ("usual", "together")
"""`usual`: one service's word for what the other's tells; `together`: it happens."""

_NAMES = frozenset(name for one in CONCEPTS.values() for name in (one.concept, one.family))


def _read() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for line, row in read_table("companions.csv", COLUMNS):
        pair = row["offense"], row["with"]
        if row["how"] not in HOW or not {*pair} <= _NAMES | {ANY} or pair in found:
            raise Configuration(f"companions.csv, line {line}: concepts or families once, {' or '.join(HOW)}")
        found[pair] = found[pair[::-1]] = row["how"]
    return found


_PAIRS = _read()


def companions(one: tuple[str, str], other: tuple[str, str]) -> str:
    """Tell how two offenses, (concept, family) each, go together: usual, together or ''; from both sides the same."""
    found = {_PAIRS.get((a, b), "") for a in (*one, ANY) for b in (*other, ANY)}
    return next((how for how in HOW if how in found), "")
