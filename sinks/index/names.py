"""Index names and what they stand for: one index per audience and generation, one alias per audience.

An audience's name does not end like a generation, or the alias of the audience `a-g2` would be the index of `a` in
generation 2: one audience would read another's incidents.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from schemas.errors import Configuration, Fatal

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


def parse(name: str) -> IndexName | None:
    """Read an index name; None when it is none of ours."""
    found = _INDEX.fullmatch(name)
    if found is None or not is_audience(found["audience"]):
        return None
    return IndexName(found["audience"], int(found["generation"]))


def held(found: Mapping[str, Collection[str]], audiences: Collection[str]) -> dict[IndexName, bool]:
    """Return, of index names with their aliases, those of these audiences, or all, and whether each is read by its own.

    Elasticsearch's pattern for the indices of `a` also fits those of an audience `a-gulf`.
    """
    ours = [(one, found[name]) for name in sorted(found) if (one := parse(name))]
    return {one: one.alias in aliases for one, aliases in ours if not audiences or one.audience in audiences}


def agree(held: Mapping[IndexName, bool], generation: int) -> None:
    """Refuse a generation that is not the one that is read; `held` is index -> whether its alias is on it.

    Where no alias is, in a home that was not used yet, any generation may begin. Raises: Configuration.
    """
    others = sorted({one.generation for one, read in held.items() if read and one.generation != generation})
    if others:
        raise Configuration(
            f"what is read here is of generation {others[0]}, and INTERAGENCY_GENERATION is {generation}: "
            f"set it to {others[0]}; nothing can be rebuilt into another one yet"
        )
