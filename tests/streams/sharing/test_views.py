"""The document of one incident as somebody sees it."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records.incident import PairDecision
from schemas.search_document import FIELDS
from streams.dedupe.weights import TABLE
from streams.sharing import views, visible
from streams.sharing.document import View
from tests.streams.fakes import NOW
from tests.streams.worlds import World, decision, explain, history_line, member, told, worlds


def reports_of(*members: dict[str, Any]) -> list[visible.Report]:
    return [visible.read_report(one) for one in members]


def documents(members: Sequence[dict[str, Any]], decisions: Sequence[PairDecision] = ()) -> list[dict[str, Any]]:
    return [orjson.loads(one.document) for one in shown(members, decisions)]


def shown(members: Sequence[dict[str, Any]], decisions: Sequence[PairDecision] = ()) -> list[View]:
    return views.build(visible.Visible(reports_of(*members), decisions), explain(members))


def test_a_single_report_fills_the_fields_of_the_contract_and_stays_small() -> None:
    (document,) = documents([member("a_pd:1", text="rock windshield", flags=["time_in_future"])])

    assert set(document) <= set(FIELDS)
    assert {name: value for name, value in document.items() if name != "reports"} == {
        "state": "ACTIVE",
        "traffic": "ACTUAL",
        "updated_at": NOW + 1,
        "report_ids": ["a_pd:1"],
        "report_count": 1,
        "occurred_at": NOW - 60_000,
        "location": {"lat": 32.674, "lon": -115.499},
        "address": "200 BLK IMPERIAL AVE",
        "precision": "BLOCK",
        "agencies": ["a_pd"],
        "languages": ["en"],
        "flags": ["time_in_future"],
        "offense": ["assault_rocks"],
        "offense_family": ["assault"],
        "nibrs": ["13A"],
        "apco": ["ASSAULT"],
        "cnie": ["30909"],
        "offense_system": ["ca_pc"],
        "offense_code": ["10-10R"],
        "offense_text": ["rocks thrown"],
        "side": ["US"],
        "admin1": ["US-CA"],
        "county": ["Imperial"],
        "nearest": ["Calexico"],
        "sector": ["ELC"],
        "flow_direction": ["NORTHBOUND"],
        "commodities": ["drugs"],
        "text": "rock windshield",
    }
    assert document["reports"] == [told("a_pd:1", flags=["time_in_future"])]


def test_what_a_report_does_not_tell_is_left_out() -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        ("occurred_at", "lat", "lon", "address", "offense", "language", "narratives", "flow")
    )
    (document,) = documents([member("a_pd:1", **nothing, place={"side": "UNKNOWN"})])

    assert set(document) == {
        *("state", "traffic", "updated_at", "report_ids", "report_count", "agencies", "text", "reports")
    }


def test_plates_and_names_can_be_found_as_far_as_they_are_shown() -> None:
    seen: dict[str, Any] = {
        "vehicles": [{"plate": "tst-123"}],
        "persons": [{"name": "Ejemplo, Uno", "dob": "1990-01-02"}],
    }
    keys = {"plates": ["TST123"], "persons": ["ejemplo uno 19900102"]}
    whole = member("a_pd:1", **seen, match=keys)
    redacted = member("a_pd:1", **seen, withheld=["narrative"])
    without = member("a_pd:1", withheld=["persons", "vehicles"])
    cancelled = member("a_pd:1", cancelled=True, **seen, match=keys)

    for one, plates, names in ((whole, ["TST123"], keys["persons"]), (redacted, ["TST123"], keys["persons"])):
        (document,) = documents([one])
        assert (document["plates"], document["names"]) == (plates, names)
    for one in (without, cancelled):
        (document,) = documents([one])
        assert not {"plates", "names"} & document.keys()


def test_the_values_of_several_reports_are_merged_and_told_with_their_source() -> None:
    offense = {"system": "mx_911", "code": "30909", "text": "Agresión", "concept": "assault", "family": "assault"}
    mexican = member(
        "c_mx:2",
        offense=offense,
        place={"side": "MX", "state": "MX-BCN", "nearest": "Mexicali"},
        flow=None,
        language="es",
        narratives=[{"lang": "es", "text": "piedras"}, {"lang": "", "text": "9-1-1"}],
        precision="GPS",
        address="AV. MADERO",
        text="piedra",
    )
    (document,) = documents([member("a_pd:1", text="rock"), mexican], [decision("a_pd:1", "c_mx:2")])

    assert document["side"] == ["MX", "US"]
    assert document["admin1"] == ["MX-BCN", "US-CA"]
    assert document["offense"] == ["assault", "assault_rocks"]
    assert document["offense_text"] == ["agresion", "rocks thrown"]
    assert document["languages"] == ["en", "es"]
    assert document["agencies"] == ["a_pd", "c_mx"]
    assert document["text"] == "rock piedra"
    assert (document["precision"], document["address"]) == ("GPS", "AV. MADERO")
    assert document["disagree"] == ["side"]
    assert document["values"]["side"] == {
        "value": "MX",
        "report_id": "c_mx:2",
        "because": "most_precise",
        "others": [{"value": "US", "report_id": "a_pd:1"}],
    }
    assert document["values"]["location"]["value"] == document["location"]


def test_a_cancelled_report_stays_but_gives_no_values_and_no_counts() -> None:
    hoax = member("a_pd:2", cancelled=True, text="hoax", precision="GPS", offense={"text": "HOAX"}, updated_at=NOW + 9)
    (document,) = documents([member("a_pd:1"), hoax], [decision("a_pd:1", "a_pd:2")])

    assert (document["state"], document["report_count"], document["report_ids"]) == ("ACTIVE", 1, ["a_pd:1", "a_pd:2"])
    assert "hoax" not in document["text"]
    assert (document["offense_text"], document["precision"]) == (["rocks thrown"], "BLOCK")
    assert "values" not in document
    assert document["updated_at"] == NOW + 9
    assert document["reports"][1]["status"] == "CANCELLED"


def test_an_incident_of_cancelled_reports_is_cancelled_and_keeps_what_shows_it() -> None:
    (one,) = shown([member("a_pd:1", version=2, cancelled=True)])
    document = orjson.loads(one.document)

    assert one.state == document["state"] == "CANCELLED"
    assert set(document) == {"state", "traffic", "updated_at", "report_ids", "report_count", "history", "reports"}
    assert document["report_count"] == 0


def test_the_history_tells_every_version_of_a_report_that_has_several() -> None:
    members = [member("a_pd:1", version=3), member("b_so:2")]
    (document,) = documents(members, [decision("a_pd:1", "b_so:2")])

    lines = [{name: value for name, value in history_line(n).items() if name != "judged"} for n in (1, 2, 3)]
    assert document["history"] == {"a_pd:1": lines}


def test_decisions_are_told_to_both_sides_with_rounded_weights() -> None:
    pairs = [
        decision("a_pd:1", "b_so:2", 3.0),
        decision("b_so:2", "c_mx:3", 2.0),
        decision("a_pd:1", "c_mx:3", -20 / 3),
    ]
    joined, alone = documents([member("a_pd:1"), member("b_so:2"), member("c_mx:3")], pairs)

    def told_of(document: dict[str, Any]) -> list[tuple[str, str, float]]:
        return [(one["left"], one["right"], one["weight"]) for one in document["decisions"]]

    assert (joined["report_ids"], alone["report_ids"]) == (["a_pd:1", "b_so:2"], ["c_mx:3"])
    assert told_of(joined) == [("a_pd:1", "b_so:2", 11.0), ("a_pd:1", "c_mx:3", 1.33), ("b_so:2", "c_mx:3", 10.0)]
    assert told_of(alone) == [("a_pd:1", "c_mx:3", 1.33), ("b_so:2", "c_mx:3", 10.0)]
    prior, time, _ = joined["decisions"][0]["evidence"]
    assert (prior["name"], prior["weight"]) == ("block", round(TABLE.prior, 2))
    weight = round(TABLE.weights["time"]["30 s"], 2)
    assert time == {"name": "time", "level": "30 s", "weight": weight, "detail": "0 s apart"}


def test_a_large_incident_tells_the_decisions_that_say_most() -> None:
    names = [f"a_pd:{number:02}" for number in range(40)]
    pairs = [decision(left, right, 1.0) for left, right in combinations(names, 2)]
    pairs[-1] = decision(names[-2], names[-1], -30.0, by="p1", verdict="NOT_SAME")
    pairs[-2] = decision(names[-3], names[-1], -30.0, verdict="NOT_SAME")
    (document, _) = documents([member(name) for name in names], pairs)
    told_of = {(one["left"], one["right"]) for one in document["decisions"]}

    assert len(told_of) == views.MOST_DECISIONS
    assert (names[-2], names[-1]) in told_of
    assert (names[-3], names[-1]) not in told_of


@settings(max_examples=100)
@given(worlds(), st.randoms())
def test_the_order_of_reports_and_decisions_changes_nothing(world: World, random: Any) -> None:
    members = [member(name, **told_) for name, told_ in world.reports.items()]
    shuffled = random.sample(members, len(members)), random.sample(world.decisions, len(world.decisions))

    def told_of(reports: Any, decisions: Any) -> set[Any]:
        return {(tuple(one.report_ids), *one[1:]) for one in shown(reports, decisions)}

    assert told_of(*shuffled) == told_of(members, world.decisions)


@settings(max_examples=100)
@given(worlds())
def test_every_report_is_shown_once(world: World) -> None:
    members = [member(name, **told_) for name, told_ in world.reports.items()]
    found = shown(members, world.decisions)

    assert sorted(name for one in found for name in one.report_ids) == sorted(world.reports)
    assert all(list(one.report_ids) == sorted(one.report_ids) for one in found)
