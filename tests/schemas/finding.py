"""What the index does with a rewritten query, as far as tests need it."""

import re

PARTS = re.compile(r'"[^"]*"(?:~\d)?|[()|]|-(?=[("\w])|[\w*]+')


class Found:
    """Whether a rewritten query finds a text's tokens: simple_query_string, all words wanted unless '|' stands between.

    Its operators are read from left to right, as Elasticsearch's are.
    """

    def __init__(self, asked: str, told: str) -> None:
        self.left, self.told = PARTS.findall(asked), told.split()

    def one(self) -> bool:
        part = self.left.pop(0)
        if part == "-":
            return not self.one()
        if part == "(":
            inside = self.every()
            assert self.left.pop(0) == ")"
            return inside
        if part.startswith('"'):
            phrase = part.strip('"').split()
            return any(self.told[at : at + len(phrase)] == phrase for at in range(len(self.told)))
        if part.endswith("*"):
            return any(one.startswith(part[:-1]) for one in self.told)
        return part in self.told

    def every(self) -> bool:
        holds = self.one()
        while self.left and self.left[0] != ")":
            either = self.left[0] == "|"
            if either:
                self.left.pop(0)
            other = self.one()
            holds = holds or other if either else holds and other
        return holds
