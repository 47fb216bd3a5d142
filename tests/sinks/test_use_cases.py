"""Command line, JSON API and console are faces of one set of use cases, which know none of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("search", "access", "review", "partnership", "render")
FORBIDDEN = {
    "print": "prints",
    "input": "asks a person",
    "sys.exit": "exits",
    "sys.argv": "reads the command line",
    "sys.stdin": "reads standard input",
    "sys.stdout": "prints",
    "sys.stderr": "prints",
    "os.environ": "reads the environment",
    "os.getenv": "reads the environment",
    "asyncio.run": "starts an event loop",
    "Settings": "reads the environment",
    "endpoints": "reads the environment",
}
"""What a use case may not call or touch -> what that would be."""


def violations(source: str) -> Iterator[str]:
    """Yield what a module does that only a face may do."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN:
            yield f"line {node.lineno} {FORBIDDEN[node.func.id]}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{node.value.id}.{node.attr}"
            if name in FORBIDDEN:
                yield f"line {node.lineno} {FORBIDDEN[name]}"


@pytest.mark.parametrize("room", ROOMS)
def test_a_use_case_neither_prints_nor_exits_nor_reads_the_environment_nor_starts_a_loop(room: str) -> None:
    found = {
        str(path.relative_to(ROOT)): wrong
        for path in sorted((ROOT / "sinks" / room).rglob("*.py"))
        if (wrong := list(violations(path.read_text())))
    }

    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        "print(1)",
        "sys.exit(1)",
        "os.environ['X']",
        "asyncio.run(f())",
        "Settings()",
        "endpoints(s)",
        "sys.stdout.write('')",
    ],
)
def test_each_of_these_is_noticed(line: str) -> None:
    assert list(violations(f"def f():\n    {line}\n"))
