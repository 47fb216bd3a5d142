"""Names, messages and docstrings are in the standard language of GLOSSARY.md, and spelled as Americans spell.

What is left of the old dialect is listed in `language_pending.txt`, which only shrinks:
`python -m tests.language --pending > tests/language_pending.txt` after a module has been put right.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import pytest

from tests.language import (
    PENDING,
    ROOT,
    Finding,
    docstring_findings,
    findings,
    local_findings,
    message_findings,
    name_findings,
    pending,
    prose,
    sources,
    spelling_findings,
)
from tests.language_exceptions import ALLOWED

Finder = Callable[[str, ast.AST], Iterator[Finding]]


@cache
def in_code() -> tuple[Finding, ...]:
    """Return the findings in the modules of the product."""
    return tuple(findings(sources()))


@cache
def in_prose() -> tuple[Finding, ...]:
    """Return the words with British spelling."""
    return tuple(spelling_findings(prose()))


def unexpected(found: Iterable[Finding]) -> str:
    """Return the findings that no exception allows, one per line."""
    expected = {*ALLOWED, *pending()}
    return "\n".join(str(finding) for finding in found if finding.key not in expected)


def test_the_code_is_in_the_standard_language() -> None:
    left = unexpected(in_code())

    assert not left, f"write the standard term (GLOSSARY.md):\n{left}"


def test_prose_has_american_spelling() -> None:
    left = unexpected(in_prose())

    assert not left, f"spell as Americans do:\n{left}"


def test_no_exception_outlives_what_it_allows() -> None:
    keys = {finding.key for finding in (*in_code(), *in_prose())}
    stale = sorted({*ALLOWED, *pending()} - keys)

    assert not stale, f"no longer needed in {PENDING.relative_to(ROOT)} or tests/language_exceptions.py: {stale}"
    assert all(ALLOWED.values()), "each exception has its reason"


PLANTED = '''
class Known:
    told: str

    def tell_reports(self, found: int) -> str:
        """Tell what is known."""
        one = found
        raise ValueError(f"{found} is joined; say it again")
'''


@pytest.mark.parametrize(
    ("find", "words"),
    [
        (local_findings, {"one"}),
        (name_findings, {"known", "told", "tell", "found"}),
        (message_findings, {"joined", "say it"}),
        (docstring_findings, {"Tell"}),
    ],
)
def test_planted_words_are_found(find: Finder, words: set[str]) -> None:
    assert {finding.word for finding in find("streams/planted.py", ast.parse(PLANTED))} == words
