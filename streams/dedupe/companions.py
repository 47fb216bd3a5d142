"""Which offense families may speak of one incident in the words of different services: `tables/companions.csv`."""

from schemas.tables import rows

ANY = "*"


def _read() -> frozenset[tuple[str, str]]:
    table = rows("companions.csv", ("family", "with", "because", "source"))
    pairs = {(row["family"], row["with"]) for _, row in table}
    return frozenset(pairs | {(other, one) for one, other in pairs})


_PAIRS = _read()


def together(one: str, other: str) -> bool:
    """Tell whether reports of these two families may well be of one incident; the same from both sides."""
    return (one, other) in _PAIRS or (one, ANY) in _PAIRS or (other, ANY) in _PAIRS
