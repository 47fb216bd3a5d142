"""Agreements: each partnership's memorandum of understanding as a TOML file in this folder, every rule with its clause.

`streams.sharing.policy` applies the rules to reports. Nothing here is legal advice.
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
    "agreement_of",
    "bundled_text",
    "parse",
]


def bundled_text(agreement_id: str) -> str:
    """Return the text of a bundled agreement."""
    return files("schemas.agreements").joinpath(f"{agreement_id}.toml").read_text("utf-8")


def _bundled() -> dict[str, Agreement]:
    ids = sorted(file.name[:-5] for file in files("schemas.agreements").iterdir() if file.name.endswith(".toml"))
    agreements = {name: parse(bundled_text(name), f"schemas/agreements/{name}.toml") for name in ids}
    audiences = [audience.name for agreement in agreements.values() for audience in agreement.audiences]
    if len(set(audiences)) != len(audiences):
        raise Configuration("schemas/agreements: two agreements have an audience of the same name")
    if any(name != agreement.agreement_id for name, agreement in agreements.items()):
        raise Configuration("schemas/agreements: a file must be named after its agreement_id")
    return agreements


BUNDLED = _bundled()


def agreement_of(name: str, agreements: Iterable[Agreement]) -> tuple[Agreement, Audience] | None:
    """Return the agreement that has an audience of this name, and the audience; None where none has."""
    return next(
        (
            (agreement, audience)
            for agreement in agreements
            for audience in agreement.audiences
            if audience.name == name
        ),
        None,
    )
