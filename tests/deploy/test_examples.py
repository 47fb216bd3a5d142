"""The incident that is shown is one of several agencies."""

from typing import Any

import pytest

from deploy import examples
from deploy.examples import most_agencies
from schemas.settings import Endpoints, Settings
from sinks import search


def hit(reports: str, *agencies: str) -> dict[str, Any]:
    return {"_source": {"agencies": list(agencies), "report_ids": [f"{name}:{reports}" for name in agencies]}}


def test_the_incident_of_most_agencies_is_shown_the_first_of_equals() -> None:
    hits = [hit("1", "b"), hit("2", "b", "a"), hit("3", "d", "c", "e"), hit("4", "f", "g", "h")]

    assert most_agencies(hits) == "c:3"


def test_where_every_incident_is_one_agencys_none_is_shown() -> None:
    assert most_agencies([hit("1", "b"), hit("2", "c")]) is None
    assert most_agencies([]) is None


def test_only_actual_living_incidents_are_candidates() -> None:
    body = search.most_reports(10, ["agencies"])

    assert {"term": {"traffic": "ACTUAL"}} in body["query"]["bool"]["filter"]
    assert {"terms": {"state": ["ACTIVE"]}} in body["query"]["bool"]["filter"]


def test_lines_are_cut_to_what_fits_and_the_rest_is_counted() -> None:
    long = "x" * 500

    assert examples._cut([long, *map(str, range(9))], 3) == [
        "x" * (examples.LONGEST_LINE - 1) + "…",
        "0",
        "1",
        "... 7 more lines",
    ]
    assert examples._cut(["a"], 3) == ["a"]


class NothingFound:
    """A reading that finds nothing, and remembers for what it was asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def find(self, query: search.Query) -> dict[str, Any]:
        self.texts.append(query.text)
        return {"hits": []}


def test_what_finds_nothing_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = NothingFound()

    def no_incident(_: Endpoints) -> None:
        """There is none of several agencies."""

    monkeypatch.setattr(examples, "read_at", lambda settings, services, audience, ask: ask(reading))
    monkeypatch.setattr(examples, "_of_several", no_incident)

    assert examples.lines(Settings(), Endpoints("k", "r", "e")) == []
    assert reading.texts == list(examples.TEXTS)
