"""What a user sees at the end of the demonstration is of incidents of several agencies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from deploy.run import examples
from deploy.run.examples import shared_incident_reports
from sinks.access.session import AccessSession
from sinks.search import query as search


def hit(reports: str, *agencies: str) -> dict[str, Any]:
    return {"_source": {"agencies": list(agencies), "report_ids": [f"{name}:{reports}" for name in agencies]}}


def test_incidents_of_most_agencies_come_first_and_those_of_one_agency_not_at_all() -> None:
    hits = [hit("1", "b"), hit("2", "b", "a"), hit("3", "d", "c", "e"), hit("4", "f", "g", "h")]

    assert shared_incident_reports(hits) == ["c:3", "f:4", "a:2"]
    assert shared_incident_reports([hit("1", "b"), hit("2", "c")]) == []


def test_only_actual_living_incidents_are_candidates() -> None:
    body = search.most_reports(10, ["agencies"])

    assert {"term": {"traffic": "ACTUAL"}} in body["query"]["bool"]["filter"]
    assert {"terms": {"state": ["ACTIVE"]}} in body["query"]["bool"]["filter"]


def test_lines_are_cut_to_what_fits_and_the_rest_is_counted() -> None:
    long = "x" * 500

    assert examples.truncate([long, *map(str, range(9))], 3) == [
        "x" * (examples.MAX_LINE_LENGTH - 1) + "…",
        "0",
        "1",
        "... 7 more lines",
    ]
    assert examples.truncate(["a"], 3) == ["a"]


class NothingFound:
    """A reading that finds nothing, and remembers for what it was asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def find(self, query: search.Query) -> dict[str, Any]:
        self.texts.append(query.text)
        return {"hits": []}


async def test_what_finds_nothing_is_not_shown() -> None:
    reading = NothingFound()

    @asynccontextmanager
    async def opened(_: str) -> AsyncIterator[NothingFound]:
        yield reading

    class Session:
        reading = staticmethod(opened)

        async def __aenter__(self) -> "Session":
            return self

        async def __aexit__(self, *_: object) -> None:
            pass

    assert await examples.lines(cast(AccessSession, Session()), []) == []
    assert reading.texts == list(examples.TEXTS)
