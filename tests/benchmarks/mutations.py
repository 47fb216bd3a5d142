"""The mutants of the pure core, and a draw of them from a seed.

The operators are a subset of cosmic-ray's: none that any test kills (a type error) and none that no test can kill (an
annotation, identity in place of equality).
"""

import ast
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

BOUNDARY = ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt")
NEGATED = ("Eq_NotEq", "NotEq_Eq", "Lt_GtE", "LtE_Gt", "Gt_LtE", "GtE_Lt", "Is_IsNot", "IsNot_Is")
BINARY = (
    *("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_FloorDiv", "Pow_Mul"),
    *("RShift_LShift", "LShift_RShift", "BitOr_BitAnd", "BitAnd_BitOr", "BitXor_BitOr"),
)
SINGLE = (
    *("AddNot", "NumberReplacer", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue"),
    *("ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
    *("ExceptionReplacer", "RemoveDecorator", "ZeroIterationForLoop"),
    *("ReplaceUnaryOperator_USub_UAdd", "ReplaceUnaryOperator_Delete_Not"),
)
OPERATORS = (
    *(f"core/ReplaceComparisonOperator_{name}" for name in (*BOUNDARY, *NEGATED)),
    *(f"core/ReplaceBinaryOperator_{name}" for name in BINARY),
    *(f"core/{name}" for name in SINGLE),
)

Position = tuple[int, int]
"""Line, from 1, and column, from 0."""


class Mutant(NamedTuple):
    """A module with one change; `function` is the qualified name of the function with the change, '' outside of one."""

    path: str
    operator: str
    occurrence: int
    start: Position
    function: str
    removed: str
    added: str
    source: str

    @property
    def key(self) -> str:
        """Return an identity that is stable while the changed line is."""
        return "|".join((self.path, self.operator, str(self.occurrence), self.removed, self.added))


class _Site(NamedTuple):
    path: str
    operator: str
    occurrence: int
    start: Position


def _span(node: ast.expr | ast.stmt) -> tuple[Position, Position]:
    return (node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0)


def _annotations(tree: ast.Module) -> Iterator[tuple[Position, Position]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield _span(node.annotation)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            yield _span(node.returns)


def _bodies(tree: ast.Module) -> Iterator[tuple[str, Position, Position]]:
    """Yield each function of the module and each method of its classes with the span of its body."""
    owners = [("", tree.body), *((f"{one.name}.", one.body) for one in tree.body if isinstance(one, ast.ClassDef))]
    for prefix, statements in owners:
        for one in statements:
            if isinstance(one, ast.FunctionDef):
                yield prefix + one.name, _span(one.body[0])[0], _span(one.body[-1])[1]


def _function(source: str, at: Position) -> str:
    return next((name for name, begin, end in _bodies(ast.parse(source)) if begin <= at < end), "")


def _sites(path: str, source: str) -> Iterator[_Site]:
    tree = ast.parse(source)
    annotated = list(_annotations(tree))
    nodes = list(ast_nodes(get_ast(source)))
    for name in OPERATORS:
        operator = get_operator(name)()
        positions = (start for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, start in enumerate(positions):
            if any(begin <= start < end for begin, end in annotated):
                continue
            # Outside of functions `|` joins types.
            if "BitOr_" in name and not _function(source, start):
                continue
            yield _Site(path, name, occurrence, start)


def _mutant(site: _Site, source: str) -> Mutant:
    mutated = mutate_code(source, get_operator(site.operator)(), site.occurrence)
    assert mutated is not None, site
    before, after = source.splitlines(), mutated.splitlines()
    removed = [line.strip() for line, other in zip(before, after, strict=False) if line != other][:1]
    added = [line.strip() for line, other in zip(after, before, strict=False) if line != other][:1]
    function = _function(source, site.start)
    return Mutant(*site, function, "".join(removed), "".join(added), mutated)


def modules(root: Path, rooms: Iterable[str]) -> list[str]:
    """Return the modules of these rooms, folders or files, as paths relative to `root`."""
    found: list[Path] = []
    for room in rooms:
        path = root / room
        found += [path] if path.is_file() else sorted(path.glob("*.py"))
    return [str(path.relative_to(root)) for path in found if path.read_text().strip()]


def _lot(site: _Site, seed: int) -> float:
    """Return the number that a site draws: of itself alone, so that a moved or new module changes no other's."""
    return random.Random(f"{seed}|{Path(site.path).name}|{site.operator}|{site.occurrence}").random()


def draw(sources: Mapping[str, str], seed: int, count: int) -> Sequence[Mutant]:
    """Draw `count` mutants of these modules, path -> source: one for every place before a second one for any."""
    every = [site for path, source in sources.items() for site in _sites(path, source)]
    every.sort(key=lambda site: _lot(site, seed))
    times: dict[tuple[str, Position], int] = {}
    ranked: list[tuple[int, int, _Site]] = []
    for number, site in enumerate(every):
        rank = times[site.path, site.start] = times.get((site.path, site.start), 0) + 1
        ranked.append((rank, number, site))
    return [_mutant(site, sources[site.path]) for _, _, site in sorted(ranked)[:count]]
