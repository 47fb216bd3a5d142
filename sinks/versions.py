"""Index names and what they stand for: one index per audience and generation, one alias per audience.

An audience's name does not end like a generation, or the alias of the audience `a-g2` would be the index of `a` in
generation 2: one audience would read another's incidents.
"""

import re
from dataclasses import dataclass

from schemas.errors import Fatal

PATTERN = "incidents-*"
_AUDIENCE = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9_])?")
_LIKE_A_GENERATION = re.compile(r".*-g[0-9]+")
_INDEX = re.compile(r"incidents-(?P<audience>.+)-g(?P<generation>[1-9][0-9]{0,6})")


def is_audience(name: str) -> bool:
    """Tell whether `name` can name an audience: lower case letters, digits, - inside and _, 1 to 64 of them."""
    return _AUDIENCE.fullmatch(name) is not None and _LIKE_A_GENERATION.fullmatch(name) is None


@dataclass(frozen=True, slots=True)
class IndexName:
    """One index: the incidents of `audience` in `generation`. Raises: Fatal when no index can have that name."""

    audience: str
    generation: int

    def __post_init__(self) -> None:
        if _INDEX.fullmatch(str(self)) is None or not is_audience(self.audience):
            raise Fatal("an audience is named by lower case letters, digits, - and _; a generation is 1 or higher")

    def __str__(self) -> str:
        return f"incidents-{self.audience}-g{self.generation}"

    @property
    def alias(self) -> str:
        """The name by which the audience reads, whatever the generation."""
        return alias(self.audience)


def alias(audience: str) -> str:
    """Name the alias by which `audience` reads."""
    return f"incidents-{audience}"


def audience_of(name: str) -> str:
    """Return the audience that reads by the alias `name`."""
    return name.removeprefix(alias(""))


def parse(name: str) -> IndexName | None:
    """Read an index name; None when it is none of ours."""
    found = _INDEX.fullmatch(name)
    if found is None or not is_audience(found["audience"]):
        return None
    return IndexName(found["audience"], int(found["generation"]))
