"""The audit as it is read back: notices that still hold, and the dissemination log with its damaged records."""

from typing import Any

import pytest

from schemas.errors import Configuration, Rejected
from schemas.records.audit import Notice
from schemas.topics import DISSEMINATION, DISSEMINATION_ANCHORS, EXPOSURES, notices_topic
from sinks.access.audit_records import (
    anchors,
    dissemination_lines,
    dissemination_records,
    exposures,
    newest_anchor,
    notices,
)
from sinks.access.dissemination_log import anchor
from tests.sinks.disseminated import chain
from tests.sinks.world import World

TOPIC = notices_topic("calexico_pd")


def notice(name: str, kind: str = "JOINED", **fields: Any) -> dict[str, Any]:
    texts = ("agency_id", "report_id", "verdict", "other_agency_id", "other_report_id", "contact", "audience")
    return {"notice_id": name, "kind": kind, "at": 1, **dict.fromkeys(texts, ""), **fields}


async def notified(world: World, *records: dict[str, Any]) -> list[Notice]:
    world.kafka.topics[TOPIC] = [[]]
    for record in records:
        world.put(TOPIC, record["notice_id"], "notice", record)
    return await notices(world.topics, "calexico_pd")


async def test_what_no_topic_holds_is_empty(world: World) -> None:
    assert await notices(world.topics, "nogales_pd") == []
    assert await exposures(world.topics) == []
    assert await anchors(world.topics) == []
    assert await dissemination_records(world.topics) == []
    assert await newest_anchor(world.topics) is None


async def test_a_repeated_notice_is_shown_once_as_it_was_first_written(world: World) -> None:
    current = await notified(world, notice("n1", contact="first"), notice("n2"), notice("n1", contact="again"))

    assert [(each["notice_id"], each["contact"]) for each in current] == [("n1", "first"), ("n2", "")]


async def test_a_withdrawn_notice_no_longer_holds_until_it_is_written_again(world: World) -> None:
    withdrawn = notice("n1", "WITHDRAWN")

    assert await notified(world, withdrawn, notice("n2"), withdrawn) == [notice("n2")]
    current = await notified(world, notice("n1"), notice("n2"), withdrawn, notice("n1"))
    assert [each["notice_id"] for each in current] == ["n2", "n1"]


async def test_exposures_are_read_in_the_order_in_which_they_were_written(world: World) -> None:
    for revision in (2, 1):
        record = {"audience": "cit-team", "view_id": "v1", "generation": 1, "revision": revision, "at": 1}
        world.put(EXPOSURES.name, "v1", "exposure", {**record, "reports": []})

    assert [exposure["revision"] for exposure in await exposures(world.topics)] == [2, 1]


async def test_a_record_that_is_no_line_of_the_log_is_kept_as_rejected_and_is_no_line(world: World) -> None:
    first, second = chain(2)
    world.put(DISSEMINATION.name, "", "dissemination", first)
    world.kafka.send(DISSEMINATION.name, b"", b"\x00")
    world.put(DISSEMINATION.name, "", "dissemination", second)

    assert [isinstance(record, Rejected) for record in await dissemination_records(world.topics)] == [
        False,
        True,
        False,
    ]
    assert await dissemination_lines(world.topics) == [first, second]


async def test_the_newest_anchor_is_that_of_the_last_line(world: World) -> None:
    lines = chain(2)
    for line in lines:
        world.put(DISSEMINATION.name, "", "dissemination", line)
    assert await newest_anchor(world.topics) == anchor(lines[1])

    world.kafka.send(DISSEMINATION.name, b"", b"\x00")
    assert await newest_anchor(world.topics) is None, "a log that ends with no line has none"


async def test_an_anchor_that_cannot_be_decoded_is_an_error(world: World) -> None:
    world.put(DISSEMINATION_ANCHORS.name, "", "dissemination_anchor", anchor(chain(1)[0]))
    assert await anchors(world.topics) == [anchor(chain(1)[0])]

    world.kafka.send(DISSEMINATION_ANCHORS.name, b"", b"\x00")
    with pytest.raises(Configuration):
        await anchors(world.topics)
