"""Documents keep up with the code: links lead somewhere, named files exist, commands and decisions are listed once."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from interagency import COMMANDS, application
from tests.language import PACKAGES, ROOT, prose

DOCUMENTS = [path for path in prose() if path.suffix == ".md"]
NAMES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
HISTORY = {"CHANGELOG.md"}
"""Documents that name files of earlier releases."""


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", document.read_text())
    targets = [((document.parent / file) if file else document, anchor) for file, anchor in links]

    assert not [str(target) for target, _ in targets if not target.exists()]
    assert not [anchor for target, anchor in targets if anchor and anchor not in anchors(target)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_every_path_in_a_document_exists(document: Path) -> None:
    text = "" if document.name in HISTORY else document.read_text()
    paths = set(re.findall(r"`((?:\.\./)*[\w.-]+(?:/[\w.-]+)+\.(?:py|toml|csv|md|txt|jsonl|gz))`", text))

    assert not [path for path in paths if not (ROOT / path).exists() and not (document.parent / path).exists()]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_readme_of_a_package_names_its_rooms_and_only_modules_that_exist(package: str) -> None:
    text = (ROOT / package / "README.md").read_text()
    rooms = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    files = {path.name for path in (ROOT / package).rglob("*") if path.is_file()}

    assert not [room for room in rooms if f"`{room}/`" not in text]
    assert not [name for name in re.findall(r"`(\w+\.(?:py|toml|csv))`", text) if name not in files]


def test_every_decision_is_numbered_once_and_indexed() -> None:
    text = (ROOT / "deploy" / "DECISIONS.md").read_text()
    numbers = sorted(int(number) for number in re.findall(r"^- \*\*(\d+)\.", text, re.MULTILINE))
    indexed: list[int] = []
    for entry in re.findall(r"^- \[.+?\]\(#.+?\): (.+)$", text, re.MULTILINE):
        for first, last in re.findall(r"(\d+)(?:-(\d+))?", entry):
            indexed += range(int(first), int(last or first) + 1)

    assert numbers == list(range(1, len(numbers) + 1))
    assert sorted(indexed) == numbers


def test_the_table_of_commands_has_every_command_and_no_other() -> None:
    table = (ROOT / "README.md").read_text().partition("## Commands")[2].partition("## Settings")[0]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)

    assert sorted(name for row in rows for name in re.findall(r"`(\w+)`", row)) == sorted(COMMANDS)


def command_lines(text: str) -> Iterator[list[str]]:
    """Yield the arguments of each `interagency` command in the shell blocks of a document."""
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            if line.removeprefix(".venv/bin/").startswith("interagency "):
                yield shlex.split(re.split(r" [<>|] ", line)[0], comments=True)[1:]


def unknown_options(arguments: list[str]) -> list[str]:
    """Return the names in a command line that the front door does not know: commands and long options."""
    command: Any = typer.main.get_command(application())
    while hasattr(command, "get_command") and arguments:
        name, *arguments = arguments
        if (command := command.get_command(None, name)) is None:
            return [name]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return [argument for argument in arguments if argument.startswith("--") and argument not in known]


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_every_command_in_a_document_has_the_options_that_it_shows(document: Path) -> None:
    lines = list(command_lines(document.read_text()))

    assert not {" ".join(line): unknown for line in lines if (unknown := unknown_options(line))}


def all_commands() -> Iterator[Any]:
    """Yield the front door, its commands and their subcommands."""
    groups: list[Any] = [typer.main.get_command(application())]
    for group in groups:
        yield group
        if hasattr(group, "list_commands"):
            groups += [group.get_command(None, name) for name in group.list_commands(None)]


def test_every_example_in_help_has_the_options_that_it_shows() -> None:
    texts = [f"{command.help or ''}\n{command.epilog or ''}" for command in all_commands()]
    examples = [line for text in texts for line in re.findall(r"^ *(interagency .+)$", text, re.MULTILINE)]
    lines = [shlex.split(re.split(r" [<>|] |\\|  +", example)[0], comments=True)[1:] for example in examples]

    assert len(lines) > 50
    assert not {" ".join(line): unknown for line in lines if (unknown := unknown_options(line))}


def test_an_unknown_option_would_be_noticed() -> None:
    assert unknown_options(["search", "--nearby", "x", "--limit", "3"]) == ["--nearby"]
    assert unknown_options(["agreement", "tell"]) == ["tell"]
