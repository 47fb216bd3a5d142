"""When nothing is left: markers of transactions are nothing, on a topic that is taken in beside the input too."""

from collections.abc import Iterable

import pytest

from deploy.run.lag import LagCheck
from producers.delivery.port import Offsets
from schemas.topics import ADJUDICATIONS, ENRICHED_REPORTS, PURGES


class Kafka:
    """Nothing but orders, of which all four partitions of resolve took in the first `taken`; the rest are markers."""

    def __init__(self, taken: int, end: int, markers: bool) -> None:
        self.taken, self.end, self.markers, self.asked = taken, end, markers, 0

    def end_offsets(self, topics: Iterable[str]) -> Offsets:
        ends = {ENRICHED_REPORTS.name: 0, ADJUDICATIONS.name: 0, PURGES.name: self.end}
        return {(topic, 0): ends[topic] for topic in topics}

    def group_offsets(self, group: str) -> Offsets:
        return {(PURGES.name, 0): self.taken}

    def remaining_is_markers(self, topic: str, partition: int, start: int, end: int) -> bool:
        self.asked += 1
        assert (topic, partition, start, end) == (PURGES.name, 0, self.taken, self.end)
        return self.markers


@pytest.mark.parametrize(
    ("taken", "end", "markers", "left"), [(7, 7, False, 0), (6, 7, True, 0), (6, 7, False, 4), (6, 700, True, 4)]
)
def test_orders_are_taken_in_when_nothing_but_markers_is_left_of_them(
    taken: int, end: int, markers: bool, left: int
) -> None:
    look = LagCheck(Kafka(taken, end, markers), ["resolve"], 1)  # type: ignore[arg-type]
    for now in (1.0, 2.0):
        idle = look.is_idle(now)

    assert (idle, len(look.remaining)) == (not left, left)


def test_what_is_known_to_be_markers_is_asked_once() -> None:
    kafka = Kafka(6, 7, markers=True)
    look = LagCheck(kafka, ["resolve"], 1)  # type: ignore[arg-type]
    for now in range(5):
        look.is_idle(float(now))

    assert kafka.asked == 1
