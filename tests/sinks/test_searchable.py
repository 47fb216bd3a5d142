"""Documents count as searchable when a refresh that began after them has returned."""

import pytest

from sinks.document import Entry, entry
from sinks.figures import Figures
from sinks.searchable import BUSY_S, IDLE_S, REST, Searchable
from sinks.versions import IndexName
from tests.sinks.factories import PUBLISHED_AT, released
from tests.sinks.fakes import Moody


class Clock:
    """Seconds that the test tells."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Slow(Moody):
    """An index whose refresh takes half a second of the clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock, self.takes = clock, 0.0

    async def refresh(self, names: object) -> None:
        self.clock.now += self.takes
        await super().refresh(names)  # type: ignore[arg-type]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def index(clock: Clock) -> Slow:
    return Slow(clock)


@pytest.fixture
def figures() -> Figures:
    return Figures()


@pytest.fixture
def searchable(index: Slow, figures: Figures, clock: Clock) -> Searchable:
    return Searchable(index, figures, clock=lambda: PUBLISHED_AT / 1000 + clock.now - 100, monotonic=clock)


def one(view_id: str = "i1", audience: str = "internal", revision: int = 1, published_at: int = PUBLISHED_AT) -> Entry:
    made = entry(
        released(view_id=view_id, audience=audience, revision=revision, published_at=published_at), 1, revision
    )
    assert isinstance(made, Entry)
    return made


async def test_nothing_is_searchable_before_the_refresh(searchable: Searchable, figures: Figures, clock: Clock) -> None:
    searchable.add([one("i1"), one("v1", "el_paso_pd")])
    assert figures.searchable == 0

    clock.now += 3
    await searchable.refresh()

    assert figures.searchable == 2
    assert figures.latency.count == 1
    assert figures.latency.longest == pytest.approx(3.0)


async def test_only_touched_indices_are_refreshed(searchable: Searchable, index: Slow) -> None:
    searchable.add([one(), one("v1", "el_paso_pd")])
    await searchable.refresh()
    searchable.add([one("i2")])
    await searchable.refresh()

    internal = str(IndexName("internal", 1))
    assert index.refreshed == [{internal, str(IndexName("el_paso_pd", 1))}, {internal}]
    assert searchable.due_in(idle=True) is None


async def test_of_a_view_the_newest_revision_tells_the_latency(
    searchable: Searchable, figures: Figures, clock: Clock
) -> None:
    searchable.add([one(revision=1, published_at=PUBLISHED_AT - 60_000)])
    searchable.add([one(revision=2)])
    clock.now += 1
    await searchable.refresh()

    assert figures.latency.count == 1
    assert figures.latency.longest == pytest.approx(1.0)


async def test_a_refresh_that_fails_loses_nothing(searchable: Searchable, figures: Figures, index: Slow) -> None:
    searchable.add([one()])
    index.down = 1
    await searchable.refresh()
    assert figures.searchable == 0
    # Not ten times a second for as long as the index is away.
    assert searchable.due_in(idle=True) == pytest.approx(BUSY_S)

    await searchable.refresh()

    assert figures.searchable == 1
    assert figures.latency.count == 1


async def test_idle_it_is_due_at_once_and_busy_once_a_second(searchable: Searchable, clock: Clock) -> None:
    searchable.add([one()])
    assert searchable.due_in(idle=True) == 0.0
    await searchable.refresh()
    searchable.add([one()])

    assert searchable.due_in(idle=True) == pytest.approx(IDLE_S)
    assert searchable.due_in(idle=False) == pytest.approx(BUSY_S)
    clock.now += IDLE_S
    assert searchable.due_in(idle=True) == 0.0


async def test_an_index_that_refreshes_slowly_is_refreshed_less_often(
    searchable: Searchable, clock: Clock, index: Slow
) -> None:
    index.takes = 0.5
    searchable.add([one()])
    await searchable.refresh()
    searchable.add([one()])

    assert searchable.due_in(idle=True) == pytest.approx(REST * 0.5)
