"""Build and parse index names: one index per audience and generation, one alias per audience.

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
    """Return whether `name` can name an audience: 1 to 64 lower case letters, digits, _, and - inside."""
    return _AUDIENCE.fullmatch(name) is not None and _LIKE_A_GENERATION.fullmatch(name) is None


@dataclass(frozen=True, slots=True)
class IndexName:
    """One index: the incidents of `audience` in `generation`. Raises: Fatal when no index can have that name."""

    audience: str
    generation: int

    def __post_init__(self) -> None:
        if _INDEX.fullmatch(str(self)) is None or not is_audience(self.audience):
            raise Fatal("an audience name has lower case letters, digits, - and _ only; a generation is 1 or higher")

    def __str__(self) -> str:
        return f"incidents-{self.audience}-g{self.generation}"

    @property
    def alias(self) -> str:
        """Return the alias by which the audience reads, whatever the generation."""
        return alias(self.audience)


def alias(audience: str) -> str:
    """Return the alias by which `audience` reads."""
    return f"incidents-{audience}"


def parse(name: str) -> IndexName | None:
    """Parse an index name; return None for an index that is not ours."""
    parts = _INDEX.fullmatch(name)
    if parts is None or not is_audience(parts["audience"]):
        return None
    return IndexName(parts["audience"], int(parts["generation"]))


def audience_indices(aliases: Mapping[str, Collection[str]], audiences: Collection[str]) -> dict[IndexName, bool]:
    """Return the indices of some audiences, or of all where `audiences` is empty, and whether each has its alias.

    `aliases`: index name -> its aliases. Elasticsearch's pattern for the indices of `a` also matches those of `a-gulf`.
    """
    ours = [(index, aliases[name]) for name in sorted(aliases) if (index := parse(name))]
    return {index: index.alias in own for index, own in ours if not audiences or index.audience in audiences}


def require_generation(indices: Mapping[IndexName, bool], generation: int) -> None:
    """Raise Configuration where another generation is read; `indices`: index -> whether it has its alias.

    Without any alias, in a home that is not used yet, any generation may begin.
    """
    others = sorted({name.generation for name, read in indices.items() if read and name.generation != generation})
    if others:
        raise Configuration(
            f"the indices in use are of generation {others[0]}, but INTERAGENCY_GENERATION is {generation}: "
            f"set it to {others[0]}; rebuilding into another generation is not possible yet"
        )
