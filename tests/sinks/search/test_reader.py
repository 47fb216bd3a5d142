"""What an audience may read, on the index in memory."""

from typing import Any

import pytest

from sinks.index.memory import Memory
from sinks.search.query import AccessFilter
from sinks.search.reader import MOST_REDIRECTS, NotFound, Reading
from tests.sinks.fakes import MemoryLog
from tests.sinks.joined import ALONE, BP, DOCUMENT, OTHER, PD, SSP, Document, index

CHAIN: dict[str, Document] = {
    f"old{n}": {"state": "MERGED", "into": f"old{n + 1}" if n < MOST_REDIRECTS else "i1"}
    for n in range(MOST_REDIRECTS + 1)
}
STUBS: dict[str, Document] = {
    "withdrawn": {"state": "WITHDRAWN"},
    "purged": {"state": "PURGED"},
    "nowhere": {"state": "MERGED", "into": "nothing"},
    "circle": {"state": "MERGED", "into": "circle"},
    "ended": {"state": "MERGED", "into": "withdrawn"},
}


@pytest.fixture
def reading() -> Reading:
    return Reading(index({"i1": DOCUMENT, "i2": ALONE, **CHAIN, **STUBS}), "internal", MemoryLog().disclose)


@pytest.mark.parametrize("name", ["i1", PD, SSP, BP])
async def test_an_incident_is_shown_by_its_id_or_any_report_of_it(reading: Reading, name: str) -> None:
    shown = await reading.show(name)

    assert (shown.hit.id, shown.redirects) == ("i1", ())


async def test_a_former_id_leads_to_the_living_incident_by_all_its_steps(reading: Reading) -> None:
    shown = await reading.show("old1")

    assert shown.hit.id == "i1"
    assert shown.redirects == tuple(f"old{n}" for n in range(1, MOST_REDIRECTS + 1))


async def test_former_ids_are_not_followed_for_ever(reading: Reading) -> None:
    for name in ("old0", "circle"):
        with pytest.raises(NotFound):
            await reading.show(name)


@pytest.mark.parametrize("name", ["withdrawn", "purged", "nowhere", "ended", "nothing", "a_pd:nothing"])
async def test_what_is_no_more_is_told_as_what_never_was(reading: Reading, name: str) -> None:
    with pytest.raises(NotFound) as told:
        await reading.show(name)

    assert str(told.value) == str(NotFound())


async def test_two_reports_come_in_the_order_of_their_ids(reading: Reading) -> None:
    for left, right in ((BP, PD), (PD, BP)):
        one, other = await reading.pair(left, right)
        assert (one.report["report_id"], other.report["report_id"]) == (PD, BP)
        assert one.incident.id == other.incident.id == "i1"

    apart = await reading.pair(PD, OTHER)
    assert [found.incident.id for found in apart] == ["i1", "i2"]


@pytest.mark.parametrize("name", ["i1", "nothing", "a_pd:nothing", "*", ""])
async def test_only_a_report_is_a_report(reading: Reading, name: str) -> None:
    with pytest.raises(NotFound):
        await reading.report(name)
    with pytest.raises(NotFound):
        await reading.pair(PD, name)


async def test_every_report_is_a_member_once(reading: Reading) -> None:
    assert await reading.members() == [
        (PD, "i1", "en"),
        (SSP, "i1", "es"),
        (BP, "i1", ""),
        (OTHER, "i2", ""),
    ]


@pytest.fixture
def vetted() -> Memory:
    documents = {"i1": {**DOCUMENT, "vetting": ["interview"]}, "i2": ALONE, "old": {"state": "MERGED", "into": "i1"}}
    return index(documents)


async def test_what_rests_on_a_vetting_that_the_audience_lacks_is_not_there(vetted: Memory) -> None:
    having = Reading(vetted, "internal", MemoryLog().disclose, AccessFilter(frozenset({"background_check"})))
    assert (await having.show("i1")).hit.id == "i1"

    lacking = Reading(
        vetted, "internal", MemoryLog().disclose, AccessFilter(frozenset({"background_check", "interview"}))
    )
    await _finds_only_the_other(lacking)


async def test_an_incident_with_a_report_that_was_purged_is_not_there(vetted: Memory) -> None:
    await _finds_only_the_other(
        Reading(vetted, "internal", MemoryLog().disclose, AccessFilter(reports=frozenset({SSP})))
    )


async def _finds_only_the_other(reading: Reading) -> None:
    for name in ("i1", "old", PD):
        with pytest.raises(NotFound):
            await reading.show(name)
    with pytest.raises(NotFound):
        await reading.report(PD)
    pages: list[dict[str, Any]] = []
    await reading.incidents(pages.extend)
    await reading.assignments(pages.extend)
    assert {one.get("id", one.get("incident_id")) for one in pages} == {"i2"}
    assert {incident for _, incident, _ in await reading.members()} == {"i2"}
