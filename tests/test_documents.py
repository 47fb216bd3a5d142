"""Documents keep up with the code: links lead somewhere, named files exist, commands and decisions are listed once."""

import re
from pathlib import Path

import pytest

from interagency import COMMANDS
from tests.language import ROOT, prose

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
