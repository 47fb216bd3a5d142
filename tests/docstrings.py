"""Which public functions document the units of their numbers and the errors that they raise.

A function inside another is not public. A method whose docstring refers to a port (``See `Delivery`.``) is documented
there. What a command takes is documented in the help of its options, and its errors are exit codes.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

UNITS = re.compile(
    r"\b(seconds?|milliseconds?|microseconds?|ms|minutes?|hours?|days?|months?|years?|UTC|kilometers?|meters?|miles?"
    r"|degrees?|bits?|bytes?|MiB|MB|kB|characters?|decimals|share|factor|percent|times (as|of)|from 0 to 1|unit of"
    r"|number of|how (many|often)|counts?|edit distance|exit code|HTTP status|partitions?|generations?|offsets?|ports?"
    r"|versions?|uid|pid|schema id|line numbers?|places? in|index (in|of))\b",
    re.IGNORECASE,
)
"""What states the unit of a number in a docstring; of a number without a unit, what it counts or identifies."""
STATED_BY_NAME = re.compile(
    r"(^|_)(s|ms|us|m|km|deg|bits|bytes|mb|kb|chars|count|partitions?|generation|offset|ports?|uid|pid|version|shards|domain"
    r"|replicas|attempts|digits|line|status|epoch)$"
)
"""Names of arguments and functions that state it themselves."""
TIME_NAMES = re.compile(r"^(now|at|since|until)$|_at$")
TIME_UNITS = re.compile(r"\b(seconds?|milliseconds?|ms|UTC|minutes?|hours?|days?|months?|years?)\b")
NUMBER = re.compile(r"\b(int|float)\b")
REFERENCE = re.compile(r"^See `(?:[\w.]+\.)?(\w+)`\.")
RAISES = re.compile(r"\b[Rr]aises?\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = ast.Module | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Public:
    """A public function with the text that documents it."""

    path: Path
    function: Function
    text: str
    is_command: bool

    def numbers(self) -> Iterator[str]:
        """Yield the names of the numbers that a function takes, and its own name where it returns one."""
        arguments = (*self.function.args.args, *self.function.args.kwonlyargs)
        named = [*((argument.arg, argument.annotation) for argument in arguments)]
        for name, annotation in (*named, (self.function.name, self.function.returns)):
            if annotation is not None and NUMBER.search(ast.unparse(annotation)):
                yield name

    def states_units(self) -> bool:
        """Return whether the text or its name states the unit of each number; a time needs a unit of time."""
        unstated = [name for name in self.numbers() if not STATED_BY_NAME.search(name)]
        if any(TIME_NAMES.search(name) for name in unstated) and not TIME_UNITS.search(self.text):
            return False
        return not unstated or bool(UNITS.search(self.text))

    def raises(self) -> bool:
        """Return whether a function itself raises an error that it names."""
        return not self.is_command and any(
            isinstance(node, ast.Raise) and node.exc is not None for node in own_nodes(self.function)
        )

    def states_errors(self) -> bool:
        """Return whether the text says what is raised."""
        return bool(RAISES.search(self.text))


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function, without those of functions inside it."""
    nodes: list[ast.AST] = [*function.body]
    while nodes:
        node = nodes.pop()
        if not isinstance(node, Function):
            yield node
            nodes.extend(ast.iter_child_nodes(node))


def scoped_functions(scope: Scope) -> Iterator[tuple[str, Function]]:
    """Yield the functions of a module and the methods of its classes, each with the name of its class or ''."""
    for node in ast.walk(scope):
        if isinstance(node, Scope):
            name = node.name if isinstance(node, ast.ClassDef) else ""
            yield from ((name, member) for member in members(node.body) if isinstance(member, Function))


def members(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a body, and those under its conditions."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If):
            yield from members([*statement.body, *statement.orelse])


def commands(module: ast.AST) -> set[str]:
    """Return the names that `register` of a module mentions: the functions that are commands are among them."""
    return {
        node.id
        for function in ast.walk(module)
        if isinstance(function, ast.FunctionDef) and function.name == "register"
        for node in ast.walk(function)
        if isinstance(node, ast.Name)
    }


def public_functions(modules: Mapping[Path, ast.Module]) -> list[Public]:
    """Return the public functions of these modules."""
    scoped = [(path, owner, f) for path, module in modules.items() for owner, f in scoped_functions(module)]
    registered = {path: commands(module) for path, module in modules.items()}
    docstrings = {(owner, f.name): ast.get_docstring(f) or "" for _, owner, f in scoped if owner}
    public = []
    for path, owner, function in scoped:
        text = ast.get_docstring(function) or ""
        if reference := REFERENCE.search(text):
            text = f"{text}\n{docstrings.get((reference[1], function.name), '')}"
        is_command = not owner and function.name in registered[path]
        if is_command:
            text = f"{text}\n{ast.unparse(function.args)}"
        if not function.name.startswith("_"):
            public.append(Public(path, function, text, is_command))
    return public
