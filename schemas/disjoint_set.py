"""Union-find: which names are connected, directly or through others."""

from collections.abc import Iterable, Iterator


class DisjointSet:
    """Sets of names without a common member; the smallest name represents each set."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._parents: dict[str, str] = {name: name for name in names}

    def find(self, name: str) -> str:
        """Return the representative of a name's set; a name that is new is a set of its own."""
        parents = self._parents
        root = name
        while (parent := parents.setdefault(root, root)) != root:
            root = parent
        while name != root:
            parents[name], name = root, parents[name]
        return root

    def union(self, left: str, right: str) -> None:
        """Merge the sets of two names."""
        left, right = self.find(left), self.find(right)
        if left < right:
            self._parents[right] = left
        else:
            self._parents[left] = right

    def sets(self) -> Iterator[list[str]]:
        """Yield each set as a sorted list, in the order in which the sets were begun."""
        members: dict[str, list[str]] = {}
        for name in list(self._parents):
            members.setdefault(self.find(name), []).append(name)
        yield from (sorted(names) for names in members.values())
