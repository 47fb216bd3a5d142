"""Agreements and vettings that change while a history goes on."""

from collections.abc import Iterator
from random import Random
from typing import Any

from schemas.agreements import BUNDLED, bundled_text
from schemas.search_document import FIELD_GROUPS
from tests.streams.invented import MINUTE, Region


def agreed(random: Random, region: Region, now: int) -> Iterator[dict[str, Any]]:
    """Order vettings and agreements that begin or end while the history goes on, or withhold more."""
    soon = now + random.choice([7, 45, 300]) * MINUTE
    if "actt" in region.agreements and random.random() < 0.8:
        yield _order("actt-mx/background_check", "VETTING", random.choice([now - 1, soon]), soon + 60 * MINUTE)
    if "best-stx" in region.agreements and random.random() < 0.8:
        yield _order(
            "best-stx-arms/arms_trafficking_unit", "VETTING", random.choice([now - 1, soon]), soon + 900 * MINUTE
        )
    for name in region.agreements:
        if random.random() < 0.5:
            ends = random.choice([None] * 5 + [soon])
            yield _order(name, "AGREEMENT", now, ends, text=_text(random, name))


def _text(random: Random, name: str) -> str:
    """Write an agreement: as it is bundled, or with one more rule, or for a part of its country."""
    text = bundled_text(name)
    groups = random.sample(sorted(FIELD_GROUPS.keys() - {"cautions"}), random.choice([1, 2, 4]))
    audience = random.choice(BUNDLED[name].audiences).name
    rule = f'[[rule]]\nrule_id = "more-1"\nclause = "9"\ntext = "More."\neffect = "withhold"\nwithhold = {groups}\n'
    if random.random() < 0.5:
        text += f'\n{rule}audiences = ["{audience}"]\n'.replace("'", '"')
    if random.random() < 0.2:
        text = 'geography = ["US-CA", "US-AZ", "US-TX/Webb", "EPT"]\n' + text
    return text


def _order(name: str, kind: str, begins: int, ends: int | None, text: str = "") -> dict[str, Any]:
    return {"order_id": name, "kind": kind, "text": text, "begins": begins, "ends": ends}
