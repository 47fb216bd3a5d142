"""The review queue as a reader may see it: open pairs that the index shows, in the order of the stream."""

import json

import pytest

from schemas.errors import Transient
from sinks.review.review_queue import QueueFilter
from sinks.review.waiting_pairs import waiting_pairs
from tests.sinks.joined import ALONE, BP, OTHER, PD, SSP, decision, fill, member
from tests.sinks.world import World

ANY = QueueFilter()


def shown(pairs: list[object]) -> list[tuple[str, str]]:
    return [(pair.decision["left"], pair.decision["right"]) for pair in pairs]  # type: ignore[attr-defined]


async def test_without_open_decisions_no_pair_waits(world: World) -> None:
    assert await waiting_pairs(world.session, [], ANY, 10) == (0, [])


async def test_a_pair_has_its_decision_and_both_reports_in_its_order(world: World) -> None:
    pending = decision(PD, OTHER, "UNSURE", 5.5)

    count, (pair,) = await waiting_pairs(world.session, [pending], ANY, 10)
    assert (count, pair.decision) == (1, pending)
    assert [report["report_id"] for report in pair.reports] == [PD, OTHER]


async def test_neither_reports_of_one_incident_nor_reports_that_are_not_shown_wait(world: World) -> None:
    pending = [decision(PD, BP), decision(PD, "a_pd:nothing"), decision(SSP, OTHER)]

    assert await waiting_pairs(world.session, pending, ANY, 10) == (0, [])


async def test_all_pairs_are_counted_and_the_first_are_shown_and_logged(world: World) -> None:
    pending = [decision(BP, OTHER), decision(PD, OTHER)]

    count, pairs = await waiting_pairs(world.session, pending, ANY, 1)
    assert (count, shown([*pairs])) == (2, [(BP, OTHER)])
    (line,) = world.log.lines
    assert (line["audience"], line["ids"], json.loads(line["asked"])) == ("internal", [OTHER, BP], {"pairs": 1})
    assert await waiting_pairs(world.session, pending, ANY, 0) == (2, [])


async def test_a_filter_narrows_what_is_counted(world: World) -> None:
    drugs = member("az_dps:1", 0, offense={"system": "ten", "code": "D", "text": "DRUGS"})
    await fill(world.index, {"i3": {**ALONE, "report_ids": ["az_dps:1"], "reports": [drugs]}}, "internal")
    pending = [decision(PD, OTHER), decision("az_dps:1", OTHER)]

    for queue_filter in (QueueFilter(agencies=["az_dps"]), QueueFilter(offense="drugs")):
        count, pairs = await waiting_pairs(world.session, pending, queue_filter, 10)
        assert (count, shown([*pairs])) == (1, [("az_dps:1", OTHER)])


async def test_without_a_line_in_the_log_no_pair_is_shown(world: World) -> None:
    world.log.down = True

    with pytest.raises(Transient):
        await waiting_pairs(world.session, [decision(PD, OTHER)], ANY, 10)
