"""Write the golden matrix anew: `python -m tests.streams.make_matrix`. Read the difference as a lawyer would."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.agreements import BUNDLED, FAMILIES, Outcome
from schemas.codes.offenses import CONCEPTS
from tests.streams.marked import REGISTRY, UNVETTED, granted, handling, report

GOLDEN = Path(__file__).parent / "golden" / "releases.txt"
HANDLINGS: tuple[tuple[str, dict[str, Any] | None], ...] = (
    ("none told", None),
    ("GREEN", handling()),
    ("GREEN REL TO MEX", handling(rel_to=["MEX"])),
    ("GREEN NOFORN", handling(caveats=["NOFORN"])),
    ("GREEN juvenile", handling(rel_to=["MEX"], cui_categories=["JUVENILE"])),
    ("GREEN informant", handling(cui_categories=["INFORMANT"])),
    ("YELLOW REL TO MEX", handling("YELLOW", rel_to=["MEX"])),
    ("RED", handling("RED", rel_to=["MEX"])),
)
LETTER = {Outcome.FULL: "F", Outcome.REDACTED: "R", Outcome.POINTER: "P", Outcome.NONE: "."}
HEAD = """What each audience gets of another party's report: F full, R redacted, P pointer, . nothing.
Columns: {columns}
A family that no line has: nothing, however it is marked. 'unvetted': the readers' vetting has run out.
"""


def _lines(name: str, owner: str, vetted: bool) -> Iterator[str]:
    registry = REGISTRY if vetted else UNVETTED
    for family in sorted(FAMILIES):
        found: dict[str, list[str]] = {}
        for concept in (one for one in CONCEPTS if CONCEPTS[one].family == family):
            cells = "".join(
                LETTER[granted(name, report(f"{owner}:1", concept, handling=told), registry).outcome]
                for _, told in HANDLINGS
            )
            found.setdefault(cells, []).append(concept)
        for cells, concepts in found.items():
            if cells.strip("."):
                yield f"  {family:20}{cells}" + (f"  only {', '.join(concepts)}" if len(found) > 1 else "")


def matrix() -> str:
    """Give the whole matrix: for each audience and owner, a line for each offense family, a column per marking.

    Where a family's offenses are not all treated alike, each treatment has a line that names them.
    """
    parts = [HEAD.format(columns=", ".join(name for name, _ in HANDLINGS))]
    for agreement in BUNDLED.values():
        for audience in agreement.audiences:
            owners = [one.agency_id for one in agreement.parties if audience.readers != (one.agency_id,)]
            known: dict[tuple[str, ...], list[str]] = {}
            for owner in owners:
                for vetted in (True, False) if audience.vetting else (True,):
                    told = owner + ("" if vetted else " (unvetted)")
                    known.setdefault(tuple(_lines(audience.name, owner, vetted)), []).append(told)
            for lines, told_owners in known.items():
                parts.append(f"{audience.name}, reports of {', '.join(told_owners)}")
                parts += [*(lines or ("  nothing",)), ""]
    return "\n".join(parts)


if __name__ == "__main__":
    GOLDEN.write_text(matrix())
