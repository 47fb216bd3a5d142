"""Agreements: each partnership's memorandum as data, one TOML file here, every rule with its clause.

What the rules mean for a report is decided in `streams.sharing.policy`. Nothing here is legal advice.
"""

from collections.abc import Iterable
from importlib.resources import files

from schemas.agreements.model import Agreement, Audience, Checkpoint, Outcome, Party, RequiredReport, Role, Rule
from schemas.agreements.parser import AUDIENCE, FAMILIES, parse
from schemas.errors import Configuration

__all__ = [
    "AUDIENCE",
    "BUNDLED",
    "FAMILIES",
    "Agreement",
    "Audience",
    "Checkpoint",
    "Outcome",
    "Party",
    "RequiredReport",
    "Role",
    "Rule",
    "bundled_text",
    "of_audience",
    "parse",
]


def bundled_text(agreement_id: str) -> str:
    """Give a bundled agreement as it is written."""
    return files("schemas.agreements").joinpath(f"{agreement_id}.toml").read_text("utf-8")


def _bundled() -> dict[str, Agreement]:
    ids = sorted(one.name[:-5] for one in files("schemas.agreements").iterdir() if one.name.endswith(".toml"))
    made = {one: parse(bundled_text(one), f"schemas/agreements/{one}.toml") for one in ids}
    names = [audience.name for agreement in made.values() for audience in agreement.audiences]
    if len(set(names)) != len(names) or any(name != one.agreement_id for name, one in made.items()):
        raise Configuration("schemas/agreements: an audience stands twice, or a file is not named as its agreement")
    return made


BUNDLED = _bundled()


def agreement_of(name: str, agreements: Iterable[Agreement]) -> tuple[Agreement, Audience] | None:
    """Give an audience of this name and the agreement that makes it; None where no agreement has one."""
    return next(((one, each) for one in agreements for each in one.audiences if each.name == name), None)
