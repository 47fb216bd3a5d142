"""Readings from which many reports are barred, on a real Elasticsearch: each clause of a query has a bound."""

import uuid
from collections.abc import AsyncIterator

import pytest

from schemas.runtime.settings import Endpoints
from sinks.index.elastic import Elastic
from sinks.index.names import IndexName
from sinks.index.operations import Entry, entry
from sinks.search.query import MOST_TERMS, AccessFilter, Query
from sinks.search.reader import NotFound, Reading
from tests.sinks.factories import document, released, report
from tests.sinks.fakes import MemoryLog

pytestmark = [
    pytest.mark.services,
    # The client warns of a body beyond 1 MB, which takes the event loop 1 ms.
    pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning"),
]

OPEN, BARRED = report(1, report_id="tx_dps:1"), report(2, report_id="tx_dps:2")


@pytest.fixture
async def audience(endpoints: Endpoints) -> AsyncIterator[tuple[Elastic, str]]:
    index, name = Elastic(endpoints.elasticsearch), IndexName(f"many_{uuid.uuid4().hex[:12]}", 1)
    await index.ensure(name)
    made = {"open": document(OPEN), "barred": document(BARRED)}
    entries = [entry(released(audience=name.audience, view_id=one, document=made[one]), 1, 0) for one in made]
    await index.bulk([one.operation for one in entries if isinstance(one, Entry)])
    await index.refresh([str(name)])
    yield index, name.audience
    await index.close()


@pytest.mark.parametrize("count", [1, MOST_TERMS, MOST_TERMS + 1, 2 * MOST_TERMS + 1, 8 * MOST_TERMS])
async def test_a_reading_is_answered_however_many_reports_are_barred(audience: tuple[Elastic, str], count: int) -> None:
    # The one that the index has comes last in byte order, so it is in the last clause.
    barred = AccessFilter(reports=frozenset({*(f"calexico_pd:{number}" for number in range(count - 1)), "tx_dps:2"}))
    reading = Reading(*audience, MemoryLog().disclose, barred)

    assert [hit["id"] for hit in (await reading.find(Query()))["hits"]] == ["open"]
    assert [incident for _, incident, _ in await reading.members()] == ["open"]
    with pytest.raises(NotFound):
        await reading.show("tx_dps:2")
