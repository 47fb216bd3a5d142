"""Whose reports an audience finds: a council reads what it gave, what it got, and what the two make together."""

from deploy.run.demo_summary import OwnerCounts, count_by_owner, table
from schemas.agreements import BUNDLED
from sinks.index.memory import Memory
from sinks.search.reader import Reading, nothing_shown
from tests.sinks.joined import ALONE, DOCUMENT, fill

(MX,) = (who for who in BUNDLED["actt"].audiences if who.name == "actt-mx")
OWN, OTHER = {"agencies": ["c5_sonora"]}, {"agencies": ["nogales_pd"]}
BOTH = {"agencies": ["c5_sonora", "nogales_pd"]}


def test_incidents_are_counted_by_whose_reports_they_are() -> None:
    assert count_by_owner([OWN, OWN, OTHER, BOTH], MX.readers) == OwnerCounts(own=2, both=1, others=1)
    assert count_by_owner([OWN, {**OWN, "pointers": [{"agency": "nogales_pd"}]}], MX.readers) == OwnerCounts(
        own=2, pointers=1
    )
    assert count_by_owner([BOTH], ["c5_sonora", "nogales_pd"]) == OwnerCounts(own=1)
    assert count_by_owner([], MX.readers) == OwnerCounts()
    assert count_by_owner([OWN, OTHER, BOTH], MX.readers).total == 3


def test_a_line_tells_own_and_shared_apart() -> None:
    title, head, line, *_ = table([(MX, OwnerCounts(1_109, 12, 3, 4))])

    assert "whose reports" in title
    assert head.split("  ")[1:3] != line.split("  ")[1:3]
    assert line.split()[:6] == ["actt-mx", "1,124", "1,109", "12", "3", "4"]
    assert line.endswith("search --as actt-mx --purpose criminal_investigation")


async def test_what_is_counted_is_what_a_search_finds_and_nothing_of_it_is_shown() -> None:
    made = {"i1": DOCUMENT, "i2": ALONE, "i3": {**ALONE, "traffic": "TEST"}, "i4": {**ALONE, "state": "CANCELLED"}}
    held = Memory()
    await fill(held, made, "internal")
    reading = Reading(held, "internal", nothing_shown)

    assert sorted(len(one["agencies"]) for one in await reading.report_owners()) == [1, 2]
