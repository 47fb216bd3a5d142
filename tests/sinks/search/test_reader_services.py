"""Searching, showing and exporting on a real Elasticsearch."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from schemas.runtime.settings import Endpoints
from schemas.text.analysis import analyze
from schemas.text.tokens import search_text
from sinks.index.elastic import Elastic
from sinks.index.names import IndexName
from sinks.index.operations import Entry, entry
from sinks.index.port import NoAudience
from sinks.search import options
from sinks.search import reader as module
from sinks.search.query import MOST_HITS, Place, Query
from sinks.search.reader import NotFound, Reading
from tests.sinks.factories import document, released, report
from tests.sinks.fakes import MemoryLog
from tests.sinks.joined import fill

pytestmark = pytest.mark.services

DAY = 86_400_000
START = 1_767_571_200_000  # 2026-01-05T00:00Z


def at(number: int, **fields: Any) -> dict[str, Any]:
    """A report of noon, `number` days after START."""
    return report(number, occurred_at=START + number * DAY + DAY // 2, **fields)


ROCKS = {
    "offense": ["assault"],
    "offense_text": ["rocks thrown"],
    "offense_code": ["10-10R"],
    "text": "rocks thrown levee pena",
    "side": ["US"],
    "county": ["El Paso"],
    "corridor": ["el paso-juarez"],
    "disagree": ["side"],
}
DOCUMENTS: dict[str, bytes] = {
    "two": document(at(0), at(0, report_id="tx_dps:7", agency="tx_dps", source_id="7", language="es")),
    "rocks": document(at(1), **ROCKS, location={"lat": 31.90, "lon": -106.48}),
    "near": document(at(2), location={"lat": 31.771, "lon": -106.48}),
    "nowhere": document(at(3), text="no place known"),
    "cancelled": document(at(4, status="CANCELLED"), state="CANCELLED", report_count=0),
    "exercise": document(at(5), traffic="EXERCISE"),
    "test": document(at(6), traffic="TEST"),
    "merged": b'{"state":"MERGED","into":"two"}',
    "withdrawn": b'{"state":"WITHDRAWN"}',
    "purged": b'{"state":"PURGED"}',
}


@pytest.fixture
async def audience(endpoints: Endpoints) -> AsyncIterator[tuple[Elastic, str]]:
    """The documents above, as an audience that no other test has."""
    index, name = Elastic(endpoints.elasticsearch), IndexName(f"read_{uuid.uuid4().hex[:12]}", 1)
    await index.ensure(name)
    entries = [
        entry(released(audience=name.audience, view_id=view_id, document=made), 1, 0)
        for view_id, made in DOCUMENTS.items()
    ]
    await index.bulk([one.operation for one in entries if isinstance(one, Entry)])
    await index.refresh([str(name)])
    yield index, name.audience
    await index.close()


@pytest.fixture
def reading(audience: tuple[Elastic, str]) -> Reading:
    return Reading(*audience, MemoryLog().disclose)


async def ids(reading: Reading, **asked: Any) -> list[str]:
    return [hit["id"] for hit in (await reading.find(Query(**asked)))["hits"]]


async def test_actual_incidents_are_found_newest_first(reading: Reading) -> None:
    assert await ids(reading) == ["nowhere", "near", "rocks", "two"]
    assert await ids(reading, sort="oldest") == ["two", "rocks", "near", "nowhere"]


async def test_what_was_cancelled_or_is_no_actual_traffic_is_found_when_asked(reading: Reading) -> None:
    assert "cancelled" in await ids(reading, cancelled=True)
    assert await ids(reading, traffic="exercise") == ["exercise"]
    assert await ids(reading, traffic="test") == ["test"]


async def test_text_is_found_with_and_without_accents_all_words_of_it(reading: Reading) -> None:
    assert await ids(reading, text="PEÑA Rocks") == ["rocks"]
    assert await ids(reading, text="rocks unicorn") == []
    assert await ids(reading, text="(((") == []


@pytest.mark.parametrize("offense", ["10-10r", "10-10R", "ROCKS THROWN", "Thrown"])
async def test_an_offense_is_found_by_code_or_part_of_its_words(reading: Reading, offense: str) -> None:
    assert await ids(reading, offense=offense) == ["rocks"]


@pytest.mark.parametrize("offense", ["*", "ro*ks", "10-1"])
async def test_an_offense_has_no_wildcards(reading: Reading, offense: str) -> None:
    assert await ids(reading, offense=offense) == []


LARGEST: list[dict[str, Any]] = [
    {"text": " ".join(f"word{n}" for n in range(options.MOST_WORDS))},
    {"text": " ".join(f"{first}*" for first in ("ca", "co", "pe", "pi", "ve", "dr", "tr", "ro", "sh", "bl"))},
    {"text": "(" * 500 + "rocks" + ")" * 490},
    {"offense": "*" * options.MOST_OFFENSE},
    {"offense": "x" * options.MOST_OFFENSE},
    {"county": "\u00e9" * options.MOST_AREA, "corridor": "x" * options.MOST_AREA},
    {"plate": "A?" * (options.MOST_PLATE // 2)},
    {"plate": "?" * (options.MOST_PLATE - 1) + "A"},
    {"agencies": [f"agency_{n}" for n in range(options.MOST_AGENCIES)]},
    {"since": "0001-01-01", "until": "9999-12-31"},
    {"near": "-90,-180", "within": "20037km"},
    {"limit": MOST_HITS},
]


@pytest.mark.parametrize("asked", LARGEST, ids=" ".join)
async def test_the_largest_query_that_is_read_is_answered(reading: Reading, asked: dict[str, Any]) -> None:
    made = options.query(options.QueryOptions(**asked))

    assert (await reading.find(made))["total"] >= 0


async def test_places_and_times_bound_what_is_found(reading: Reading) -> None:
    assert set(await ids(reading, near=Place(31.77, -106.48, 5000))) == {"two", "near", "nowhere"}
    assert await ids(reading, near=Place(31.771, -106.48, 5), sort="nearest") == ["near"]
    assert await ids(reading, since=datetime(2026, 1, 6, tzinfo=UTC), until=datetime(2026, 1, 7, tzinfo=UTC)) == [
        "rocks"
    ]


async def test_agencies_are_any_of_several(reading: Reading) -> None:
    assert await ids(reading, agencies=("tx_dps",)) == ["two"]
    assert len(await ids(reading, agencies=("tx_dps", "el_paso_pd"))) == 4


async def test_facets_count_incidents_and_reports_of_everything_found(reading: Reading) -> None:
    told = await reading.find(Query(limit=1))

    assert (told["total"], len(told["hits"])) == (4, 1)
    assert told["facets"]["agency"] == [
        {"value": "el_paso_pd", "incidents": 4, "reports": 5},
        {"value": "tx_dps", "incidents": 1, "reports": 2},
    ]
    assert told["facets"]["traffic"] == [{"value": "ACTUAL", "incidents": 4, "reports": 5}]
    assert [day["value"] for day in told["facets"]["day"]] == ["2026-01-08", "2026-01-07", "2026-01-06", "2026-01-05"]
    assert told["facets"]["offense"] == [
        {"value": "traffic_crash", "incidents": 3, "reports": 4},
        {"value": "assault", "incidents": 1, "reports": 1},
    ]
    assert told["facets"]["side"] == [{"value": "US", "incidents": 1, "reports": 1}]
    assert told["facets"]["county"] == [{"value": "El Paso", "incidents": 1, "reports": 1}]
    assert told["facets"]["disagree"] == [{"value": "side", "incidents": 1, "reports": 1}]


@pytest.mark.parametrize("asked", [{"side": "US"}, {"county": "el paso"}, {"corridor": "El Paso-Juarez"}])
async def test_an_area_bounds_what_is_found(reading: Reading, asked: dict[str, str]) -> None:
    assert await ids(reading, **asked) == ["rocks"]
    assert await ids(reading, **dict.fromkeys(asked, "elsewhere")) == []


async def test_every_report_is_a_member_once_with_its_language(reading: Reading) -> None:
    members = await reading.members()

    assert ("tx_dps:7", "two", "es") in members
    assert len(members) == len({report for report, _, _ in members}) == 8


async def test_an_incident_is_shown_by_its_id_or_a_report_of_it(reading: Reading) -> None:
    assert (await reading.show("two")).hit.id == "two"
    assert (await reading.show("tx_dps:7")).hit.id == "two"
    assert (await reading.show("el_paso_pd:26-000004")).hit.id == "cancelled"


async def test_a_merged_incident_leads_to_what_it_is_now(reading: Reading) -> None:
    shown = await reading.show("merged")

    assert (shown.hit.id, shown.redirects) == ("two", ("merged",))


@pytest.mark.parametrize("name", ["withdrawn", "purged", "nothing", "el_paso_pd:nothing", "x" * 600])
async def test_what_is_not_there_is_not_found(reading: Reading, name: str) -> None:
    with pytest.raises(NotFound):
        await reading.show(name)


async def test_every_living_report_is_assigned_once_in_the_order_of_ids(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    rows: list[dict[str, Any]] = []
    pages: list[int] = []

    await reading.assignments(lambda page: (rows.extend(page), pages.append(len(page)))[0])  # type: ignore[func-returns-value]

    assert len(pages) == 4
    assert [(row["agency"], row["source_id"], row["incident_id"]) for row in rows] == [
        ("el_paso_pd", "26-000000", "two"),
        ("tx_dps", "7", "two"),
        ("el_paso_pd", "26-000001", "rocks"),
        ("el_paso_pd", "26-000002", "near"),
        ("el_paso_pd", "26-000003", "nowhere"),
        ("el_paso_pd", "26-000004", "cancelled"),
        ("el_paso_pd", "26-000005", "exercise"),
        ("el_paso_pd", "26-000006", "test"),
    ]
    assert rows[0] == {
        "agency": "el_paso_pd",
        "source_id": "26-000000",
        "version": 1,
        "incident_id": "two",
        "status": "ACTIVE",
    }


async def test_incidents_are_exported_as_they_are_indexed_without_stubs(reading: Reading) -> None:
    rows: list[dict[str, Any]] = []

    await reading.incidents(rows.extend)

    assert {row["id"] for row in rows} == set(DOCUMENTS) - {"merged", "withdrawn", "purged"}
    assert all(row["reports"] for row in rows)


@pytest.mark.parametrize("name", ["*", "read_*", "internal,*", "nobody_has_this", "_all", ""])
async def test_no_name_reads_another_audience(audience: tuple[Elastic, str], name: str) -> None:
    with pytest.raises(NoAudience):
        await Reading(audience[0], name, MemoryLog().disclose).find(Query())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("piedras", {"thrown"}),
        ("rocks", {"thrown"}),
        ("rock", {"thrown", "road"}),
        ('"chimney rock"', {"road"}),
        ("chim* rd", {"road"}),
        ("rock -chimney", {"thrown"}),
        ("200 blk imperial", {"thrown"}),
        ("sr 98", {"road"}),
    ],
)
async def test_an_address_is_found_as_it_is_written_and_what_is_told_by_what_it_means(
    endpoints: Endpoints, text: str, found: set[str]
) -> None:
    index, name = Elastic(endpoints.elasticsearch), f"words_{uuid.uuid4().hex[:12]}"
    nothing: Any = {"concept": ""}
    told = {
        "thrown": search_text("200 BLK IMPERIAL AVE", "ROCKS THROWN", "", nothing, [analyze("lanzan piedras", "es")]),
        "road": search_text("CHIMNEY ROCK RD / SR-98", "", "", nothing, [analyze("two cars", "en")]),
    }
    await fill(
        index,
        {view: orjson.loads(document(report(n), text=words)) for n, (view, words) in enumerate(told.items())},
        name,
    )

    assert set(await ids(Reading(index, name, MemoryLog().disclose), text=text)) == found
    await index.close()
