"""What a history shows an audience, with and without what is hidden from it: any difference is a trace.

A report of which there is only a pointer is not hidden: pointers answer on purpose whether there is something, from the
whole report. So they are left out where fields are withheld; and there no version comes in two contents, of which the
bytes of the whole report choose one.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from random import Random
from typing import NamedTuple
from unittest.mock import patch

import orjson

from schemas.agreements import BUNDLED, Outcome
from streams.dedupe import link_graph
from streams.dedupe.clustering import MOST_MEMBERS
from streams.dedupe.profile import Profile
from streams.dedupe.score import Scored, score
from streams.dedupe.weights import TABLE, Table
from streams.sharing.visible import Grant
from tests.streams.altered import alter, withheld
from tests.streams.histories import Maker
from tests.streams.history import History, id_of
from tests.streams.played import Played

PARTNERSHIPS, AGENCIES = 1, 2
"""Audiences of each kind that are looked at in one history."""


class Found(NamedTuple):
    """The traces of one history, as sentences of ids and field names alone; how many comparisons were made."""

    traces: list[str]
    comparisons: int


def differences(audience: str, played: Played, twin: Played) -> list[str]:
    """Tell where what an audience sees of one history is not what it sees of another."""
    before, after = played.told(audience), twin.told(audience)
    found = [] if played.order(audience) == twin.order(audience) else [f"{audience}: views come in another order"]
    for key in sorted(before.keys() | after.keys()):
        one, other = before.get(key, {}), after.get(key, {})
        if one.keys() != other.keys():
            found.append(f"{audience}: {key} has the revisions {sorted(one)}, and {sorted(other)}")
            continue
        changed = (each for each in one if one[each] != other[each])
        found += [f"{audience}: {key}, revision {each}: {_fields(one[each], other[each])}" for each in changed]
    return found


def _fields(one: object, other: object) -> str:
    assert isinstance(one, dict)
    assert isinstance(other, dict)
    parts = [name for name in one if one[name] != other[name]]
    if one["document"] != other["document"]:
        left, right = orjson.loads(one["document"]), orjson.loads(other["document"])
        parts += sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))
    return ", ".join(parts)


@contextmanager
def _scores_remembered() -> Iterator[None]:
    """Compare the same two forms only once: a score is a function of the two."""
    remembered = lru_cache(maxsize=None)(lambda left, right: score(left, right, TABLE))

    def scored(left: Profile, right: Profile, table: Table) -> Scored:
        assert table is TABLE
        return remembered(left, right)

    with patch.object(link_graph, "score", scored):
        yield


def partnerships(history: History) -> list[str]:
    """Name the audiences of the agreements of a history."""
    return [who.name for name in history.agreements for who in BUNDLED[name].audiences]


def _hidden(history: History, played: Played, audience: str) -> frozenset[str]:
    """Return the reports of which an audience could never be shown anything, not even a pointer."""
    every = {id_of(one) for step in history.steps for one in step.reports}
    if audience in history.agencies:
        return frozenset(one for one in every if not one.startswith(f"{audience}:"))
    could = (
        version[0] for (who, version), grants in played.granted.items() if who == audience and any(map(_any, grants))
    )
    return frozenset(every.difference(could))


def _any(granted: Grant) -> bool:
    return granted.outcome > Outcome.NONE


def _within_bounds(history: History, hidden: Collection[str]) -> bool:
    """Return whether no link may change here: links of an agency beyond its own bound may.

    What is found in a block depends on that agency's reports alone, so that who sees all of a flood sees it unchanged.
    How many are set aside from a full component depends on what others have in it: who sees some of that sees it.
    """
    flood = {id_of(one) for step in history.steps for one in step.reports if id_of(one).startswith(history.flooding)}
    seen = len(flood.difference(hidden))
    return not history.flooding or seen == 0 or (seen == len(flood) and seen <= MOST_MEMBERS)


def of_reports(seed: int) -> Found:
    """Compare what audiences see of a history with what they see when the hidden reports never were."""
    history, random = Maker(seed).history(), Random(seed)
    own, joint = random.sample(history.agencies, AGENCIES), partnerships(history)
    found, comparisons = list[str](), 0
    with _scores_remembered():
        played = Played(history, [*own, *joint], seed, noting=True)
        hidden = {audience: _hidden(history, played, audience) for audience in (*own, *joint)}
        shared = [name for name in joint if hidden[name] and played.told(name)]
        for audience in [*own, *random.sample(shared, min(len(shared), PARTNERSHIPS))]:
            if _within_bounds(history, hidden[audience]):
                twin = Played(history.without(hidden[audience]), [audience], seed + 1)
                found += differences(audience, played, twin)
                comparisons += 1
    return Found(found, comparisons)


def of_fields(seed: int) -> Found:
    """Compare what an audience sees of a history with what it sees when all that is withheld from it is otherwise.

    Versions of which it gets nothing are changed in all but their number and their marking.
    """
    history = Maker(seed, conflicts=False, floods=False).history()
    with _scores_remembered():
        played = Played(history, partnerships(history), seed, pointers=False, noting=True)
        names = sorted({who for (who, _), grants in played.granted.items() if any(map(_redacted, grants))})
        if not names:
            return Found([], 0)
        audience = Random(seed).choice(names)
        groups = {at: withheld(played.granted[audience, one]) for at, one in played.versions.items()}
        other = Played(alter(history, groups, seed, played.judged), [audience], seed, pointers=False)
    return Found(differences(audience, played, other), 1)


def _redacted(granted: Grant) -> bool:
    return granted.outcome is Outcome.REDACTED


Property = Callable[[int], Found]
"""Seed of a history -> its traces."""
