"""Random histories: reports of several agencies in versions, adjudications, purges, seals, agreements that change."""

from collections.abc import Iterator
from random import Random
from typing import Any

from tests.streams.agreed import agreed
from tests.streams.fakes import report
from tests.streams.history import History, Step, id_of
from tests.streams.invented import MINUTE, REGIONS, Event, Region, content, events, handling
from tests.streams.marked import NOW

FLOOD = 70
"""Reports of one agency at one corner: more than are found in a block."""
TORRENT = 205
"""More than a record holds."""


class Maker:
    """Makes the history of a seed; `conflicts`: two contents of one version come as well."""

    def __init__(self, seed: int, conflicts: bool = True, floods: bool = True) -> None:
        self._random, self._conflicts = Random(seed), conflicts
        self._region: Region = self._random.choice(REGIONS)
        self._events = events(self._random, self._region, self._random.choice([2, 3, 4]))
        self._flood = self._size_of_flood(seed) if floods else 0

    def _size_of_flood(self, seed: int) -> int:
        return TORRENT if seed % 500 == 0 else FLOOD if seed % 20 == 0 else 0

    def _one(self, agency: str, number: str, event: Event) -> dict[str, Any]:
        told = content(self._random, agency, event, self._events)
        row = {"agency_id": agency, "ori": "", "role": "REPORTING", "unit": ""}
        told |= {
            "traffic": "EXERCISE" if self._random.random() < 0.05 else "ACTUAL",
            "handling": handling(self._random),
        }
        made = report(agency, number, 1, action="NEW", updated_at=event.at + self._random.randint(1, 90_000), **told)
        return {**made, "agency": {**made["agency"], **row}}

    def _versions(self, first: dict[str, Any], event: Event) -> Iterator[dict[str, Any]]:
        """Give the versions of a report; a later one is marked otherwise, tells something else or is a cancel."""
        yield first
        random, agency = self._random, first["agency"]["agency_id"]
        for version in range(2, random.choice([2, 2, 2, 3, 4])):
            made = {**first, "sequence": version, "action": random.choice(["UPDATE", "UPDATE", "CLOSE"])}
            made["updated_at"] += version * 100_000
            if random.random() < 0.7:
                made["handling"] = handling(random)
            if random.random() < 0.5:
                made |= content(random, agency, event, self._events)
            if random.random() < 0.2:
                made |= {"status": "CANCELLED", "action": "CANCEL", "cancel_reason": random.choice(["", "DUPLICATE"])}
            yield made
            if self._conflicts and random.random() < 0.1:
                yield {**made, "handling": handling(random)}

    def _reports(self) -> list[list[dict[str, Any]]]:
        """Make 14 to 18 reports, each with its versions; a few say what another agency's says, word for word."""
        made: list[list[dict[str, Any]]] = []
        random = self._random
        agencies = [one for one in self._region.agencies if one != self._flooding()]
        for number in range(random.randint(14, 18)):
            agency, event = random.choice(agencies), random.choice(self._events)
            first = self._one(agency, f"{random.randint(0, 9)}-{number}", event)
            if made and random.random() < 0.15:
                copied = random.choice(made)[0]
                keep = ("agency", "local_incident_id", "handling")
                first = {**copied, **{name: first[name] for name in keep}}
            made.append(list(self._versions(first, event)))
        return made

    def _flooding(self) -> str:
        return self._region.agencies[0] if self._flood else ""

    def _published(self) -> list[tuple[dict[str, Any], ...]]:
        """Put versions into an order: mostly each report's own, now and then another; some come twice or together."""
        random = self._random
        waiting, order = [list(one) for one in self._reports()], list[dict[str, Any]]()
        while waiting:
            one = random.choice(waiting)
            order.append(one.pop(0 if random.random() < 0.85 else -1))
            waiting = [each for each in waiting if each]
        order += [one for one in order if random.random() < 0.05]
        batches = list[tuple[dict[str, Any], ...]]()
        while order:
            size = random.choice([1, 1, 2, 4])
            batches.append(tuple(order[:size]))
            del order[:size]
        if self._flood:
            # All that comes behind it is slow, as the flood is decided on again.
            batches.insert(len(batches) - random.choice([0, 1, 2]), tuple(self._flooded()))
        return batches

    def _flooded(self) -> Iterator[dict[str, Any]]:
        """Give a flood of one agency at one corner, all of it GREEN or all of it RED."""
        event = self._random.choice(self._events)
        marked = {**(handling(Random(1)) or {}), "owner_level": self._random.choice(["GREEN", "RED", "RED"])}
        marked |= {"cui_categories": [], "caveats": [], "purposes": []}
        for number in range(self._flood):
            made = self._one(self._flooding(), f"{number:03}", event)
            yield {**made, "occurred_precision_s": 60, "occurred_from": event.at, "handling": marked}

    def history(self) -> History:
        """Make it."""
        random, now, steps = self._random, NOW, list[Step]()
        steps.append(Step(now, agreements=tuple(agreed(random, self._region, now))))
        published = self._published()
        ids = sorted({id_of(one) for batch in published for one in batch[:5]})
        for batch in published:
            now += random.choice([1, 5, 30]) * MINUTE
            steps.append(Step(now, batch, together=len(batch) > 1))
            while random.random() < 0.3 and len(batch) < FLOOD:
                now += MINUTE
                steps.append(self._beside(now, ids))
        steps.append(Step(now + 600 * MINUTE))
        return History(tuple(steps), self._region.agencies, self._region.agreements, self._flooding())

    def _beside(self, now: int, ids: list[str]) -> Step:
        """Let something else happen: a person's word, a purge, a seal, an order on an agreement, or time passes."""
        random = self._random
        left, right = sorted(random.sample(ids, 2))
        kind = random.random()
        if kind < 0.5:
            return Step(now, words=((left, right, random.choice(["SAME", "SAME", "NOT_SAME", "WITHDRAWN"])),))
        if kind < 0.6:
            return Step(now, orders=((left, {"purged": True}),))
        if kind < 0.75:
            return Step(now, orders=((left, {"sealed": random.random() < 0.7}),))
        return Step(now, agreements=tuple(agreed(random, self._region, now)) if kind < 0.95 else ())
