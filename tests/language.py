"""Find words of the old dialect in names and messages, docstrings without an imperative, and British spelling.

`python -m tests.language [PATH...]` lists what is left, by module; the standard term stands beside each word.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PENDING = ROOT / "tests" / "language_pending.txt"
PACKAGES = ("schemas", "producers", "streams", "sinks", "deploy")

NAMES = {
    "told": "reported, stated; name the value",
    "untold": "undetermined, not stated",
    "tell": "name the value returned, or the act",
    "tells": "states, shows",
    "telling": "format",
    "said": "stated",
    "say": "write, print, state",
    "says": "states",
    "saying": "order, message",
    "asked": "query, requested",
    "asker": "requesting agency",
    "stands": "current, in force",
    "falls": "superseded",
    "joined": "linked, merged",
    "joins": "links, merges",
    "learn": "apply, add",
    "deeds": "actions",
    "ledger": "offset tracker",
    "companions": "compatible offenses",
    "custody": "report orders",
    "sighting": "hit",
    "sightings": "hits",
    "owed": "due",
    "tally": "confusion counts",
    "unfit": "void",
    "misfit": "field error",
    "barred": "access filter, not permitted",
    "homes": "membership",
    "rests": "depends; policy snapshot",
    "keeper": "supervisor process",
}
"""Parts of a name -> the standard term. Parts are what underscores and capitals divide."""
WHOLE_NAMES = {
    "found": "name the thing that was found",
    "made": "name the thing that was made",
    "one": "name the thing; of two alike, `one` and `other`",
    "flight": "in-flight batch",
    "lane": "consumer",
    "wanted": "lookouts",
    "shown": "view; name what is shown",
    "basis": "fingerprint",
    "motion": "continuation",
    "past": "topic history",
    "again": "reprocess",
    "figures": "metrics of workers, statistics of a council",
    "spread": "partition_for",
    "unusual": "access review",
    "explained": "plain-language summary",
}
"""Whole names of functions, classes, arguments, attributes and modules -> the standard term."""
LOCALS = dict.fromkeys(("told", "one", "made", "found", "asked", "said"), "name the thing: report, incident, pair, row")
"""Names of local variables and constants that say a place in a sentence and no thing."""
CLASSES = {
    "known": "ViewState",
    "made": "ViewRecord",
    "seen": "Visible",
    "shown": "View",
    "found": "SearchResult",
    "words": "Adjudications",
    "look": "LagCheck",
    "ground": "policy snapshot",
}
"""Names of classes -> the standard term."""
MESSAGES = {
    r"\b(un)?told\b": "reported, stated, shown",
    r"\btell(s|ing)?\b(?! the auditor)": "shows, states, says",
    r"\bsa(id|ying)\b": "stated",
    r"\bsay it\b|\bsay what (it|would)\b": "run the command again; give --option",
    r"\bstands?\b(?! out| for\b)": "is current, in force, applies",
    r"\bjoin(s|ed|ing)?\b": "link, merge",
    r"\b(person|persons|people|somebody)('s?|s') words?\b": "adjudication",
    r"\blook-outs?\b": "lookout",
    r"\blook-ups?\b": "inquiry",
    r"\ba look\b|\blooks apart\b": "check",
    r"\basker\b": "requesting agency",
    r"\bsightings?\b": "hit",
    r"\bspeaks? of\b": "describe",
    r"\brests? on\b|\bother ground\b": "depends on; policy",
    r"\bfor ever\b": "forever, permanently",
    r"\bfigures\b": "metrics, statistics",
    r"\btally\b": "confusion counts",
    r"\bno purpose for which\b": "purpose not permitted",
}
"""What no message says -> the standard term. A message is a string with a space in it that is no docstring."""
BRITISH = (
    r"(?<![a-z])(?:(?:centre|licence|behaviour|neighbour|kilometre|metre|colour|favour|labour|catalogue|judgement"
    r"|modelling|labelled)[a-z]*|(?:normal|recogn|organ|summar|serial|initial|minim|maxim|author|anonym|categor|optim)"
    r"is(?:e[drs]?|ing|ation)(?![a-z]))"
)
IDENTIFIERS = r"\w*_centre\b|\bcentre = "
"""Names in agreements and released schemas, which stay."""

NEVER = ("Tell", "Give", "Let", "Say", "Name")
_IMPERATIVES = """
    Abandon Abort Accept Acknowledge Add Adjudicate Advance Allow Anchor Answer Append Apply Ask Assign Attach
    Begin Bind Block Bound Bring Build Cache Calculate Call Cancel Carry Change Check Choose Clean Clear Close
    Cluster Collect Combine Commit Compact Compare Compile Complete Compress Compute Configure Confirm Connect
    Consume Continue Convert Copy Count Create Cut Decide Decode Decompress Define Delete Deliver Derive Describe
    Detect Determine Discard Divide Do Download Draft Draw Drop Encode End Enforce Enrich Ensure Enter Erase Escape
    Estimate Evaluate Exclude Execute Exit Expand Expect Explain Export Extend Extract Fail Fetch Fill Filter Find
    Finish Flag Flatten Flush Fold Follow Forget Fork Format Generate Get Grant Group Guard Handle Hash Hold
    Identify Ignore Import Include Index Initialize Insert Install Intersect Invert Iterate Join Keep Kill Leave
    Limit Link List Load Locate Lock Log Look Make Map Mark Mask Match Measure Merge Mount Move Narrow Normalize
    Note Notify Observe Open Order Overwrite Pack Pair Parse Partition Pass Pause Pick Poll Prefer Prepare Print
    Process Produce Prove Provision Publish Purge Put Raise Rank Read Rebuild Recognize Reconcile Record Redact
    Redirect Reduce Refresh Refuse Register Reject Release Rematch Remove Rename Render Repeat Replace Report
    Request Require Reserve Reset Resolve Restart Restore Resume Retrieve Return Reuse Revoke Rewind Rewrite Round
    Run Save Scan Score Search See Seek Select Send Serve Set Share Shorten Show Shut Sign Skip Sleep Solve Sort
    Spawn Spell Split Spread Start State Stop Store Strip Subscribe Subtract Sum Summarize Suppress Swap Switch
    Synchronize Take Test Throw Tick Tokenize Touch Track Translate Trim Truncate Try Turn Unpack Update Use
    Validate Verify Visit Wait Wake Walk Warn Watch Wind Withdraw Withhold Work Wrap Write Yield
"""
IMPERATIVES = frozenset(_IMPERATIVES.split())
"""With which a docstring of a function may begin."""


class Finding(NamedTuple):
    """A word that is not of the standard language, where it was found and what to write instead."""

    path: str
    line: int
    kind: str
    word: str
    text: str
    instead: str

    def __str__(self) -> str:
        text = f"{self.kind} {self.word!r} in {self.text[:80]!r}"
        return f"{self.path}:{self.line}: {text}: {self.instead}"

    @property
    def key(self) -> str:
        """Return what an exception for this finding is listed by: path, kind and word."""
        return f"{self.path} {self.kind} {self.word}"


def sources() -> list[Path]:
    """Return the modules of the product, the front door included."""
    return [ROOT / "interagency.py", *(path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))]


def parts(name: str) -> list[str]:
    """Return the lower-case parts of a name: of `tell_ReportsOf` tell, reports, of."""
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def names_in(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the names that a module defines, but its local variables, with their lines."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name, node.lineno
                arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                has_other = any(argument.arg == "other" for argument in arguments)
                yield from ((a.arg, a.lineno) for a in arguments if not (a.arg == "one" and has_other))
            case ast.ClassDef():
                yield node.name, node.lineno
                yield from (
                    (field.target.id, field.lineno)
                    for field in node.body
                    if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
                )
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr, node.lineno


def name_findings(path: str, tree: ast.AST) -> Iterator[Finding]:
    """Yield the names with a part, or as a whole, of the old dialect."""
    module = Path(path).stem
    for name, line in [(module, 1), *names_in(tree)]:
        whole = name.strip("_").lower()
        instead = WHOLE_NAMES.get(whole) or (CLASSES.get(whole) if name.strip("_")[:1].isupper() else None)
        if instead:
            yield Finding(path, line, "name", whole, name, instead)
        for part in parts(name):
            if part in NAMES:
                yield Finding(path, line, "name", part, name, NAMES[part])


def pairs_in(tree: ast.AST) -> set[tuple[str, int]]:
    """Return the variables `one`, with their lines, of comprehensions that go over pairs of `one` and `other`."""
    pairs: set[tuple[str, int]] = set()
    for node in ast.walk(tree):
        targets = [name for part in getattr(node, "generators", ()) for name in ast.walk(part.target)]
        names = {(name.id, name.lineno) for name in targets if isinstance(name, ast.Name)}
        if "other" in {name for name, _ in names}:
            pairs |= names
    return pairs


def local_findings(path: str, tree: ast.AST) -> Iterator[Finding]:
    """Yield the local variables that name their place in a sentence, the first of each name."""
    lines: dict[str, int] = {}
    fields = set(names_in(tree)) | pairs_in(tree)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Store)
            and node.id in LOCALS
            and (node.id, node.lineno) not in fields
        ):
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    yield from (Finding(path, line, "local", name, name, LOCALS[name]) for name, line in lines.items())


def docstrings_of(tree: ast.AST) -> dict[int, str]:
    """Return the docstrings of modules, classes, functions and attributes by the id of their node."""
    bodies = [body for node in ast.walk(tree) if isinstance(body := getattr(node, "body", None), list)]
    return {
        id(statement.value): statement.value.value
        for body in bodies
        for statement in body
        if isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    }


def message_findings(path: str, tree: ast.AST) -> Iterator[Finding]:
    """Yield the messages with a word of the old dialect; in command modules docstrings are messages, too."""
    docstrings = {} if "/cli/" in path or "/" not in path else docstrings_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            text = node.value
            for pattern, instead in MESSAGES.items() if " " in text.strip() else ():
                for match in re.finditer(pattern, text, re.IGNORECASE):
                    yield Finding(path, node.lineno, "message", match.group().lower(), " ".join(text.split()), instead)


def docstring_findings(path: str, tree: ast.AST) -> Iterator[Finding]:
    """Yield the docstrings of functions without an imperative verb first; a property may describe its value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (text := ast.get_docstring(node)):
            first = re.split(r"[\s,:;.]", text, maxsplit=1)[0]
            is_property = any("property" in ast.unparse(decorator) for decorator in node.decorator_list)
            if (first in NEVER or (first not in IMPERATIVES and not is_property)) and not text.startswith("Give up"):
                instead = "Return, Compute, Parse, Write, Check ..." if first in NEVER else "an imperative verb"
                yield Finding(path, node.lineno, "docstring", first, text.splitlines()[0], instead)


def prose_of_code(source: str) -> Iterator[tuple[str, int]]:
    """Yield what people read of a module: comments, docstrings, messages and the names that it defines."""
    tree = ast.parse(source)
    docstrings = docstrings_of(tree)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            continue
        if id(node) in docstrings or " " in node.value.strip():
            yield re.sub(r"`[^`]*`", "", node.value), node.lineno
    yield from names_in(tree)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string, token.start[0]


def prose_of_document(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the lines of a document without its code, or the comments of a data file or Makefile."""
    text = path.read_text()
    if path.suffix == ".md":
        text = re.sub(r"```.*?```", lambda block: "\n" * block.group().count("\n"), text, flags=re.DOTALL)
        text = re.sub(r"`[^`]*`", lambda code: "\n" * code.group().count("\n"), text)
    for number, line in enumerate(text.splitlines(), 1):
        yield (line if path.suffix == ".md" else line.partition("#")[2]), number


def spelling_findings(paths: Iterable[Path]) -> Iterator[Finding]:
    """Yield the words with British spelling in these files."""
    for path in paths:
        lines = prose_of_code(path.read_text()) if path.suffix == ".py" else prose_of_document(path)
        for text, number in lines:
            for match in re.finditer(BRITISH, re.sub(IDENTIFIERS, "", text), re.IGNORECASE):
                name = str(path.relative_to(ROOT))
                line = " ".join(text.split())
                yield Finding(name, number, "spelling", match.group().lower(), line, "American spelling")


FINDERS = (name_findings, local_findings, message_findings, docstring_findings)


def findings(paths: Iterable[Path]) -> list[Finding]:
    """Return all findings in these modules, in the order of their lines."""
    result = []
    for source in paths:
        path = str(source.relative_to(ROOT))
        tree = ast.parse(source.read_text())
        of_module = [finding for find in FINDERS for finding in find(path, tree)]
        result += sorted(of_module, key=lambda finding: finding.line)
    return result


def prose() -> list[Path]:
    """Return the files whose spelling is checked: code, tests, documents and data that people write."""
    files = (path for pattern in ("*.py", "*.md", "*.toml", "Makefile") for path in ROOT.rglob(pattern))
    ours = (path for path in files if not {".venv", ".venv-study"} & set(path.relative_to(ROOT).parts))
    return sorted(path for path in ours if path.name not in ("language.py", "language_exceptions.py"))


def pending() -> set[str]:
    """Return the keys of the findings that are still to be put right."""
    return set(PENDING.read_text().splitlines()) if PENDING.exists() else set()


def main(arguments: list[str]) -> None:
    """Print the findings in modules that begin with an argument; `--pending` prints the keys without exceptions."""
    from tests.language_exceptions import ALLOWED

    beginnings = tuple(argument for argument in arguments if argument != "--pending") or ("",)
    chosen = [one for one in (*findings(sources()), *spelling_findings(prose())) if one.path.startswith(beginnings)]
    left = [finding for finding in chosen if finding.key not in ALLOWED]
    if "--pending" in arguments:
        print("\n".join(sorted({finding.key for finding in left})))
    else:
        print("\n".join(map(str, left)))


if __name__ == "__main__":
    main(sys.argv[1:])
