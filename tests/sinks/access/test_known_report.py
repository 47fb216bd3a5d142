"""What is known of a report by its id: the views that show it, else the records on its agency's topic."""

from collections.abc import Mapping
from typing import Any

import pytest

from schemas.agencies import BUNDLED
from schemas.errors import Transient
from schemas.topics import AGENCIES, reports_topic
from sinks.access.known_report import MOST_VIEWS, KnownReport, View, known_report, views_of
from sinks.index.memory import Memory
from tests.sinks.joined import PD
from tests.sinks.world import World

AGENCY, SOURCE_ID = PD.split(":")
OTHER_VERSION = {"report_id": "usbp_elc:1", "version": 9}


class AllIndices(Memory):
    """An index that answers a search of all audiences with these hits, or not at all."""

    def __init__(self, *hits: tuple[str, str, list[dict[str, Any]]], answers: bool = True) -> None:
        super().__init__()
        self.hits, self.answers, self.body = hits, answers, dict[str, Any]()

    async def search(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if not self.answers:
            raise Transient("down")
        assert name == "incidents-*"
        self.body = dict(body)
        hits = [{"_index": index, "_id": view, "_source": {"reports": reports}} for index, view, reports in self.hits]
        return {"hits": {"hits": hits}}


def version(number: int) -> dict[str, Any]:
    return {"report_id": PD, "version": number}


async def test_the_views_of_a_report_are_those_of_every_audience_with_its_version() -> None:
    index = AllIndices(
        ("incidents-internal-g1", "i1", [OTHER_VERSION, version(3)]),
        ("incidents-cit-team-g2", "v1", [version(2), version(1), OTHER_VERSION]),
        ("incidents-kibana", "x", [version(7)]),
        ("incidents-actt-us-g1", "v2", [{"report_id": PD}]),
    )

    assert await views_of(index, PD) == (View("internal", "i1", 3), View("cit-team", "v1", 2), View("actt-us", "v2", 0))
    assert index.body["size"] == MOST_VIEWS
    assert index.body["_source"] == ["reports.report_id", "reports.version"], "ids and counts alone"


async def known(world: World, index: AllIndices, report_id: str = PD) -> KnownReport:
    world.session.index = index
    return await known_report(world.session, report_id)


async def test_of_a_report_that_is_shown_the_topic_is_not_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.kafka, "count_keyed", lambda *_: pytest.fail("the topic is read"))

    report = await known(world, AllIndices(("incidents-internal-g1", "i1", [version(3)])))
    assert (report.views, report.received) == ((View("internal", "i1", 3),), True)


@pytest.mark.parametrize(
    ("answers", "index"), [(True, "no view shows it"), (False, "the index does not answer")], ids=["no view", "down"]
)
async def test_a_report_that_is_on_its_way_is_known_by_its_records(world: World, answers: bool, index: str) -> None:
    world.kafka.topics[reports_topic(AGENCY)] = [[]]
    for source_id in (SOURCE_ID, "another", SOURCE_ID):
        world.kafka.send(reports_topic(AGENCY), source_id.encode(), b"x")

    report = await known(world, AllIndices(answers=answers))
    assert (report.records, report.received, report.near) == (2, True, ())
    assert report.lines() == [f"{PD}: 2 records of it on incident-reports.{AGENCY}, {index}"]


async def test_of_an_unknown_agency_those_with_similar_ids_are_named(world: World) -> None:
    report = await known(world, AllIndices(), "calexico_dp:26-1")

    assert not report.received
    assert report.near[0] == "calexico_pd"
    assert "nobody knows agency calexico_dp, nearest known: calexico_pd" in report.lines()[0]


async def test_of_an_agency_in_the_registry_alone_none_is_named(world: World) -> None:
    world.put(AGENCIES.name, "new_pd", "agency", {**BUNDLED["calexico_pd"], "agency_id": "new_pd"})

    assert (await known(world, AllIndices(), "new_pd:1")).near == ()
    assert "nobody knows" not in (await known(world, AllIndices(), "new_pd:1")).lines()[0]


def test_the_internal_view_leads_and_each_audience_is_listed_once() -> None:
    views = (View("cit-team", "v1", 2), View("internal", "i1", 3), View("cit-team", "v0", 1))

    (line,) = KnownReport(PD, views).lines()
    assert line == f"{PD}: version 3, in incident i1, shown to 2 audiences: cit-team, internal"
    (line,) = KnownReport(PD, views[:1]).lines()
    assert "version 2, in incident v1" in line
