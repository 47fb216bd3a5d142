"""Who and what is wanted is found where it was seen, as far as one audience sees both; nothing is shown unlogged."""

import asyncio
import json
from typing import Any

import pytest
import typer

from schemas.errors import Transient
from sinks.cli import lookouts
from sinks.index.port import Hit
from sinks.search.lookouts import KEYS, LookoutHit, lookout_hits, lookout_keys
from sinks.search.reader import Reading
from tests.deploy.fakes import invoke
from tests.sinks.fakes import MemoryLog
from tests.sinks.joined import ALONE, AT, Document, index, member, read_from

HOUR = 3_600_000
PLATE: dict[str, Any] = {"plates": ["TST123"]}
LOOK_OUT, SEEN = "laredo_pd:1", "c5_tamaulipas:2"


def incident(name: str, hours: float = 0, concept: str = "ASSAULT", **fields: Any) -> Document:
    at = AT + int(hours * HOUR)
    one = member(name, 0, occurred_at=at, offense={"concept": concept, "text": concept})
    agency = name.partition(":")[0]
    own = {"report_ids": [name], "agencies": [agency], "reports": [one], "occurred_at": at, "offense": [concept]}
    return {**ALONE, **own, **fields}


def look_out(name: str = LOOK_OUT, hours: float = 0, **fields: Any) -> Document:
    """An incident in which an agency looks for all its plates and names, as release tells it."""
    made = incident(name, hours, "ATTEMPT_TO_LOCATE", **{**PLATE, **fields})
    return {"wanted_by": [name], **{f"wanted_{field}": made.get(field, []) for field in KEYS}, **made}


def found(wanted: Document, seen: Document, log: MemoryLog | None = None) -> list[LookoutHit]:
    reading = Reading(index({"w": wanted, "s": seen}), "internal", (log or MemoryLog()).disclose)
    return asyncio.run(reading.lookout_hits(lambda _: True))


def test_best_stx_a_wanted_vehicle_is_found_on_the_other_side_days_later() -> None:
    log = MemoryLog()

    (one,) = found(look_out(), incident(SEEN, 90, side=["MX"], nearest=["Nuevo Laredo"], **PLATE), log)

    assert one == LookoutHit(
        "w", (LOOK_OUT,), "plate", "s", AT + 90 * HOUR, ("c5_tamaulipas",), ("Nuevo Laredo",), ("MX",)
    )
    assert log.lines[-1]["ids"] == ["s", "w"]


def test_a_wanted_person_is_found_by_the_whole_name() -> None:
    both: dict[str, Any] = {"names": ["ejemplo uno 1990"]}

    (one,) = found(look_out(**both, plates=[]), incident(SEEN, 1, **both))
    assert one.by == "person"
    assert found(look_out(names=["ejemplo"], plates=[]), incident(SEEN, 1, names=["ejemplo"])) == []
    assert found(look_out(**both, plates=[]), incident(SEEN, 1, names=["ejemplo uno 1991"])) == []


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        (incident(LOOK_OUT, **PLATE), incident(SEEN, 1, **PLATE)),
        (look_out(wanted_plates=[]), incident(SEEN, 1, **PLATE)),
        (look_out(state="CANCELLED"), incident(SEEN, 1, **PLATE)),
        (look_out(traffic="EXERCISE"), incident(SEEN, 1, **PLATE)),
        (look_out(), incident(SEEN, 1, traffic="EXERCISE", **PLATE)),
        (look_out(), incident(SEEN, 1, state="CANCELLED", **PLATE)),
        (look_out(), incident(SEEN, -1, **PLATE)),
        (look_out(), incident(SEEN, 1, plates=["TST124"])),
        (look_out(), incident(SEEN, 1)),
        (look_out(plates=["TST?"]), incident(SEEN, 1, plates=["TST?"])),
        (look_out(plates=[]), incident(SEEN, 1, **PLATE)),
    ],
)
def test_what_is_not_looked_for_any_more_or_was_not_seen_since_is_no_sighting(wanted: Document, seen: Document) -> None:
    log = MemoryLog()

    assert found(wanted, seen, log) == []
    assert log.lines == []


def test_two_agencies_that_look_for_one_vehicle_learn_of_each_other() -> None:
    (one,) = found(look_out(), look_out(SEEN, 1))

    assert (one.wanted, one.seen) == ("w", "s")


def test_the_log_names_what_the_reader_tells_of_and_nothing_else() -> None:
    log, later = MemoryLog(), incident(SEEN, 2, **PLATE)
    reading = Reading(
        index({"w": look_out(), "s": incident(SEEN, 1, **PLATE), "later": later}), "internal", log.disclose
    )

    (one,) = asyncio.run(reading.lookout_hits(lambda one: one.seen == "later"))
    assert [line["ids"] for line in log.lines] == [["later", one.wanted]]


def test_an_unreadable_log_shows_nothing() -> None:
    with pytest.raises(Transient):
        found(look_out(), incident(SEEN, 1, **PLATE), MemoryLog(down=True))


def test_more_plates_than_one_query_takes_are_all_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sinks.search.lookouts.AT_ONCE", 1)
    plates = [f"TST{number}" for number in range(5)]

    (one,) = found(look_out(plates=plates), incident(SEEN, 1, plates=plates[-1:]))
    assert one.seen == "s"


def test_a_pair_that_shares_two_plates_is_one_sighting() -> None:
    hits = [Hit("w", look_out(plates=["A11", "B22"])), Hit("s", incident(SEEN, 1, plates=["A11", "B22"]))]

    assert len(lookout_hits(hits[:1], hits)) == 1
    assert lookout_keys(hits[:1]) == {"plates": {"A11", "B22"}, "names": set()}


def test_the_command_tells_no_plate_and_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    both: dict[str, Any] = {"names": ["ejemplo uno 1990"]}
    read_from(monkeypatch, index({"w": look_out(**both), "s": incident(SEEN, 1, **both, **PLATE)}))
    app = typer.Typer()
    lookouts.register(app)

    told = invoke(app).stdout
    assert told.count(LOOK_OUT) == 2
    assert "ejemplo" not in told
    assert "TST123" not in told
    assert {row["by"] for row in json.loads(invoke(app, "--json").stdout)} == {"plate", "person"}


def test_watching_tells_each_sighting_once(monkeypatch: pytest.MonkeyPatch) -> None:
    log = read_from(monkeypatch, index({"w": look_out(), "s": incident(SEEN, 1, **PLATE)}))
    app = typer.Typer()
    lookouts.register(app)
    looks = iter(range(4))

    def sleep(_: float) -> None:
        look = next(looks)
        log.down = look == 0
        if look == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("sinks.cli.lookouts.time.sleep", sleep)
    log.down = True
    result = invoke(app, "--watch", expect=130)

    assert result.stdout.count(LOOK_OUT) == 1
    assert result.stderr.count("trying again") == 2
    assert len(log.lines) == 1
    log.down = True
    invoke(app, expect=69)
