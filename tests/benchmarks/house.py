"""Print the figures of the code's layout: `python -m tests.benchmarks.house [--missing]`.

Modules and import arrows by folder, lengths of files and functions, and how many public functions document units and
`Raises`; with `--missing`, which do not. A back arrow goes against the layers of pyproject.toml, which lists those that
are still allowed.
"""

import ast
import tomllib
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import quantiles

import grimp

from tests.docstrings import Function, Public, commands, public_functions
from tests.language import PACKAGES, ROOT, sources

MOST_MODULES, MOST_FILE_LINES, MOST_FUNCTION_LINES = 18, 300, 40


def folder(module: str) -> str:
    """Return the room of a module: `streams.dedupe` of `streams.dedupe.score`, `streams` of `streams.resolve`."""
    parts = module.split(".")
    return ".".join(parts[:2]) if len(parts) > 2 else parts[0]


def layers() -> dict[str, int]:
    """Return the rank of each package and room by the layers contracts, the highest first."""
    ranks: dict[str, int] = {}
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    for contract in contracts:
        for container in contract.get("containers", [""]) if contract["type"] == "layers" else ():
            for rank, layer in enumerate(contract["layers"]):
                for name in layer.split(" | "):
                    ranks[f"{container}.{name}".lstrip(".")] = rank
    return ranks


def is_back(importer: str, imported: str, ranks: dict[str, int]) -> bool:
    """Return whether an import goes up, or across, in the layers of the packages or of one package's rooms."""
    depth = 0 if importer.split(".", maxsplit=1)[0] != imported.split(".", maxsplit=1)[0] else 1
    low, high = (".".join(name.split(".")[: depth + 1]) for name in (importer, imported))
    return low != high and "." in importer and low in ranks and high in ranks and ranks[high] <= ranks[low]


def import_arrows() -> list[tuple[str, str]]:
    """Return the imports between modules of the packages: importer, imported."""
    graph = grimp.build_graph(*PACKAGES)
    return sorted(
        (module, other) for module in graph.modules for other in graph.find_modules_directly_imported_by(module)
    )


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield the functions and methods of a module."""
    yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def spread(values: Iterable[int]) -> str:
    """Return median, 90th percentile and maximum of these lengths, in lines."""
    ordered = sorted(values)
    tenths = quantiles(ordered, n=10, method="inclusive")
    return f"{tenths[4]:.0f} / {tenths[8]:.0f} / {ordered[-1]}"


def share(part: Iterable[bool]) -> str:
    """Return how many hold, of how many, and the percentage."""
    values = list(part)
    return f"{sum(values)} of {len(values)} ({100 * sum(values) / max(len(values), 1):.0f} %)"


def print_exceptions(lines: Iterable[str]) -> None:
    """Print what is beyond a limit, a line each."""
    print("\n".join(f"  {line}" for line in lines) or "  none")


def length(function: Function, is_command: bool) -> int:
    """Return the lines of a function without its decorators, and of a command without its options."""
    first = function.body[0].lineno if is_command else function.lineno
    return 1 + (function.end_lineno or 0) - first


def print_folders() -> None:
    """Print modules and arrows by folder, and the arrows that go back."""
    ranks, arrows = layers(), import_arrows()
    modules = Counter(
        folder(".".join(path.relative_to(ROOT).with_suffix("").parts)) for path in sources() if path.stem != "__init__"
    )
    inside = Counter(folder(a) for a, b in arrows if folder(a) == folder(b))
    outgoing = Counter(folder(a) for a, b in arrows if folder(a) != folder(b))
    incoming = Counter(folder(b) for a, b in arrows if folder(a) != folder(b))
    back = [(a, b) for a, b in arrows if is_back(a, b, ranks)]
    print("| folder | modules | imports inside | to others | from others |\n|---|---|---|---|---|")
    for name in sorted(modules):
        print(f"| `{name}` | {modules[name]} | {inside[name]} | {outgoing[name]} | {incoming[name]} |")
    print(f"\nmodules {sum(modules.values())}, import arrows {len(arrows)}, back arrows {len(back)}")
    print_exceptions(f"{importer} -> {imported}" for importer, imported in back)
    print(f"folders of more than {MOST_MODULES} modules:")
    print_exceptions(f"{name} {count}" for name, count in modules.items() if count > MOST_MODULES)


def print_functions(modules: Mapping[Path, ast.Module]) -> None:
    """Print the lengths of functions."""
    registered = {path: commands(module) for path, module in modules.items()}
    lengths = [(p, f.name, length(f, f.name in registered[p])) for p in modules for f in functions(modules[p])]
    print(f"lines of a function, the options of commands aside: {spread(lines for _, _, lines in lengths)}")
    print_exceptions(f"{path} {name} {lines}" for path, name, lines in lengths if lines > MOST_FUNCTION_LINES)


def print_docstrings(public: Sequence[Public], missing: bool) -> None:
    """Print how many public functions are documented, and list the others where `missing`."""
    for title, relevant, is_documented in (
        ("public functions with a docstring", public, lambda f: bool(ast.get_docstring(f.function))),
        ("of those with numbers, with their units", [f for f in public if any(f.numbers())], Public.states_units),
        ("of those that raise, with `Raises`", [f for f in public if f.raises()], Public.states_errors),
    ):
        print(f"{title}: {share(map(is_documented, relevant))}")
        if missing:
            print_exceptions(
                f"{f.path}:{f.function.lineno} {f.function.name}" for f in relevant if not is_documented(f)
            )


def main() -> None:
    """Print all figures."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--missing", action="store_true", help="list the functions that lack something")
    missing = parser.parse_args().missing
    texts = {path.relative_to(ROOT): path.read_text() for path in sources()}
    modules = {path: ast.parse(text) for path, text in texts.items()}
    print_folders()
    print(f"lines of a file, p50 / p90 / max: {spread(len(text.splitlines()) for text in texts.values() if text)}")
    print_exceptions(str(path) for path in texts if len(texts[path].splitlines()) > MOST_FILE_LINES)
    print_functions(modules)
    print_docstrings(public_functions(modules), missing)


if __name__ == "__main__":
    main()
