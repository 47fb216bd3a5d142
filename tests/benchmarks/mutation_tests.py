"""Run tests on mutants, each in a forked process that has everything imported. No file on disk is changed."""

import gc
import importlib
import importlib.util
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, settings

from tests.benchmarks.mutations import Mutant

PACKAGES = ("schemas", "producers", "streams", "sinks", "deploy", "tests", "interagency")
# Modules imported before pytest starts were already rewritten by the pytest run that collected them.
ALWAYS = ("-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
LEAST_CPU_S = 10
"""Smallest CPU limit of a mutant, seconds; larger where its tests take long."""
KILLED, SURVIVED, TIMEOUT = "killed", "survived", "timeout"


class _Mutated(MetaPathFinder, Loader):
    """Import one module from the source of a mutant."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        self._name, self._path, self._source = name, path, source

    def find_spec(self, fullname: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(fullname, self) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self._path)
        exec(compile(self._source, str(self._path), "exec"), module.__dict__)


def prepare() -> None:
    """Make Hypothesis use the same examples in every run, without shrinking failures."""
    importlib.import_module("tests.conftest")
    once = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", settings.default, database=None, derandomize=True, phases=once)
    settings.load_profile("mutants")


def pytest_arguments(tests: Sequence[str], deselected: Sequence[str]) -> list[str]:
    """Return the arguments that run these tests up to the first failure."""
    skipped = [f"--deselect={name}" for name in deselected]
    return [*tests, *ALWAYS, "-x", "--no-header", "--tb=no", "-m", "not services", *skipped]


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _swap(mutant: Mutant, path: Path) -> bool:
    """Replace the code of the imported function; return False if the function is not found."""
    codes = _codes(compile(mutant.source, str(path), "exec"))
    changed = {code.co_firstlineno: code for code in codes if code.co_qualname == mutant.function}
    swapped = False
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename == str(path):
            code = changed.get(one.__code__.co_firstlineno)
            if code is not None and one.__code__.co_qualname == mutant.function:
                one.__code__ = code
                swapped = True
    return swapped


def _forget_cached() -> None:
    for one in gc.get_objects():
        module = getattr(one, "__module__", None) if hasattr(one, "cache_clear") else None
        if isinstance(module, str) and module.startswith(("streams.", "sinks.partnership.")):
            one.cache_clear()


def _import_again(mutant: Mutant, path: Path) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] in PACKAGES]:
        if not name.startswith("tests.benchmarks"):
            del sys.modules[name]
    name = mutant.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    sys.meta_path.insert(0, _Mutated(name, path, mutant.source))
    prepare()


class Run(NamedTuple):
    """A running test process of a mutant; `began` in seconds of the monotonic clock."""

    mutant: Mutant
    began: float


class Ended(NamedTuple):
    """The result of a mutant and its CPU seconds."""

    mutant: Mutant
    fate: str
    cpu_s: float


def _limit(seconds: float) -> None:
    most = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))


def start(mutant: Mutant | None, root: Path, arguments: Sequence[str], cpu_s: float) -> int:
    """Start the tests of a mutant, or of the original code for None, within CPU seconds; return the process id."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        _limit(cpu_s)
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2) if mutant else (1,):
            os.dup2(quiet, stream)
        if mutant:
            path = root / mutant.path
            if mutant.function and _swap(mutant, path):
                _forget_cached()
            else:
                _import_again(mutant, path)
        code = int(pytest.main(list(arguments)))
    except BaseException:
        code = 71
    finally:
        os._exit(code)


def wait() -> tuple[int, int, float]:
    """Wait for one process to end; return its id, its exit code (negative: the signal) and its CPU seconds."""
    pid, status, used = os.wait3(0)
    return pid, os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime


def fate(code: int) -> str:
    """Return the result of a mutant from the exit code of its tests."""
    if code == 0:
        return SURVIVED
    return TIMEOUT if code < 0 else KILLED


def run_all(mutants: Sequence[tuple[Mutant, Sequence[str], float]], root: Path, jobs: int = 1) -> Iterator[Ended]:
    """Run each mutant with its pytest arguments and its CPU limit in seconds; yield the results as they arrive."""
    waiting, running = list(reversed(mutants)), dict[int, Run]()
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant, arguments, cpu_s = waiting.pop()
            running[start(mutant, root, arguments, max(LEAST_CPU_S, cpu_s))] = Run(mutant, time.monotonic())
        pid, code, cpu_s = wait()
        if pid in running:
            yield Ended(running.pop(pid).mutant, fate(code), cpu_s)
