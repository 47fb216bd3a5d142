"""Public functions document the units of their numbers and the errors that they raise."""

import ast
from pathlib import Path

import pytest

from tests.docstrings import Public, public_functions
from tests.language import ROOT, sources

PLANTED = '''
class Source:
    def poll(self, patience: float) -> int:
        """Return how many records came within `patience` seconds. Raises: Transient."""

class KafkaSource:
    def poll(self, patience: float) -> int:
        """See `planted.Source`."""
        raise Transient

def wait(patience: float) -> None:
    """Wait up to `patience` seconds."""
    def check(limit: int) -> None:
        raise ValueError

def pause(patience: float) -> None:
    """Wait."""
    raise ValueError

def begin_at(at: int) -> None:
    """Begin at an offset."""

def pause_s(attempt_count: int) -> int:
    """Return the pause after failed attempts."""

def register(app: Typer) -> None:
    """Add the command."""
    app.command()(limit)

def limit(most: Annotated[int, typer.Option(help="At most so many bytes.")]) -> None:
    """Limit."""
    raise Denied
'''


def documented() -> list[Public]:
    """Return the public functions of the product."""
    return public_functions({path.relative_to(ROOT): ast.parse(path.read_text()) for path in sources()})


def names(functions: list[Public]) -> str:
    """Return where functions are, one per line."""
    return "\n".join(f"{f.path}:{f.function.lineno} {f.function.name}" for f in functions)


def test_every_public_function_has_a_docstring() -> None:
    left = names([f for f in documented() if not ast.get_docstring(f.function)])

    assert not left, f"add a docstring:\n{left}"


def test_public_functions_state_the_units_of_their_numbers() -> None:
    left = names([f for f in documented() if not f.states_units()])

    assert not left, f"state units, or what a count counts (tests/docstrings.py has the words):\n{left}"


def test_public_functions_name_the_errors_that_they_raise() -> None:
    left = names([f for f in documented() if f.raises() and not f.states_errors()])

    assert not left, f"add `Raises: ...`:\n{left}"


@pytest.mark.parametrize(
    ("name", "units", "errors"),
    [
        ("poll", True, True),
        ("wait", True, True),
        ("pause", False, False),
        ("begin_at", False, True),
        ("pause_s", True, True),
        ("limit", True, True),
    ],
)
def test_a_planted_function_is_judged(name: str, units: bool, errors: bool) -> None:
    functions = [f for f in public_functions({Path("planted.py"): ast.parse(PLANTED)}) if f.function.name == name]

    assert {f.states_units() for f in functions} == {units}
    assert {f.states_errors() or not f.raises() for f in functions} == {errors}
