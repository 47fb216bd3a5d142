"""The agency registry as readers need it: the newest row of each agency that was not removed."""

import pytest

from schemas.agencies import BUNDLED
from schemas.errors import Configuration
from schemas.topics import AGENCIES
from sinks.access.agency_rows import agency_rows, countries
from tests.sinks.world import World


async def test_an_empty_registry_has_no_agencies(world: World) -> None:
    assert await agency_rows(world.topics) == {}
    assert await countries(world.topics) == {}


async def test_each_agency_has_its_row_and_its_country(world: World) -> None:
    world.register_agencies()

    assert await agency_rows(world.topics) == BUNDLED
    assert await countries(world.topics) == {name: row["country"] for name, row in BUNDLED.items()}


async def test_the_newest_row_of_an_agency_counts_and_a_deleted_one_is_gone(world: World) -> None:
    row = BUNDLED["calexico_pd"]
    for name in ("calexico_pd", "az_dps"):
        world.put(AGENCIES.name, name, "agency", row)
    world.put(AGENCIES.name, "calexico_pd", "agency", {**row, "country": "MEX"})
    world.kafka.send(AGENCIES.name, b"az_dps", None)

    assert await countries(world.topics) == {"calexico_pd": "MEX"}


async def test_a_row_that_cannot_be_decoded_is_an_error(world: World) -> None:
    world.kafka.send(AGENCIES.name, b"calexico_pd", b"\x00")

    with pytest.raises(Configuration):
        await agency_rows(world.topics)
