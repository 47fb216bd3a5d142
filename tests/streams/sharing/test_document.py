"""The document of an incident: what counts, what is shown beside it, and the order that reveals nothing."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from schemas.agreements import Outcome
from schemas.records.incident import ExplainedDecision
from streams.sharing.document import View, decision_fragment, stub, view_of
from streams.sharing.visible import Grant, Report, Visible, read_report
from tests.streams.fakes import NOW
from tests.streams.worlds import history_line, member


def test_a_stub_has_no_data() -> None:
    assert orjson.loads(stub("WITHDRAWN", None)) == {"state": "WITHDRAWN"}
    assert orjson.loads(stub("MERGED", "v1")) == {"state": "MERGED", "into": "v1"}


def view(reports: Sequence[Report], visible: Visible | None = None) -> tuple[View, dict[str, Any]]:
    made = view_of(reports, (), visible or Visible(reports, []))
    return made, orjson.loads(made.document)


def reports(*names: str, **changes: Any) -> list[Report]:
    return [read_report(member(name, **changes)) for name in names]


def test_a_view_is_as_new_as_its_newest_report_even_a_cancelled_one() -> None:
    live = reports("a_pd:1", published_at=NOW, updated_at=NOW)
    hoax = reports("b_so:2", cancelled=True, published_at=NOW + 9, updated_at=NOW + 8)
    made, document = view([*live, *hoax])

    assert (made.published_at, document["updated_at"]) == (NOW + 9, NOW + 8)
    assert (made.state, document["report_count"]) == ("ACTIVE", 1)
    assert made.report_ids == document["report_ids"] == ["a_pd:1", "b_so:2"]


def test_nothing_but_a_count_of_zero_is_kept_where_it_is_empty() -> None:
    _, document = view(reports("a_pd:1", cancelled=True))

    assert (document["state"], document["report_count"]) == ("CANCELLED", 0)
    assert document.keys().isdisjoint({"decisions", "history", "pointers", "vetting", "plates", "text"})


@pytest.mark.parametrize("version", [1, 2, 3])
def test_the_history_of_a_report_is_shown_from_its_second_version_on_without_what_policy_decides_by(
    version: int,
) -> None:
    _, document = view(reports("a_pd:1", version=version))

    lines = [{**history_line(number)} for number in range(1, version + 1)]
    for line in lines:
        del line["judged"]
    assert document.get("history") == ({"a_pd:1": lines} if version > 1 else None)


CALL = {"agency": "c_mx", "contact": "+52", "cautions": []}
OTHER = {"agency": "b_so", "contact": "+1", "cautions": []}


@pytest.mark.parametrize("pointers", [[CALL, OTHER], [OTHER, CALL], [OTHER, CALL, CALL]])
def test_pointers_are_listed_once_in_an_order_that_does_not_tell_whose_they_are(pointers: list[Any]) -> None:
    shown = reports("a_pd:1", "a_pd:2")
    by_report = {"a_pd:1": {f"x:{n}": pointer for n, pointer in enumerate(pointers)}, "a_pd:2": {"x:9": pointers[0]}}

    assert view(shown, Visible(shown, [], pointers=by_report))[1]["pointers"] == [OTHER, CALL]


def test_a_pointer_beside_another_incident_is_not_shown() -> None:
    shown = reports("a_pd:1")

    assert "pointers" not in view(shown, Visible(shown, [], pointers={"a_pd:2": {"x:1": CALL}}))[1]


def test_the_vetting_levels_are_those_of_the_reports_in_this_view() -> None:
    shown = reports("a_pd:1", "a_pd:2")
    levels = {"a_pd:1": {"dna", "arms"}, "a_pd:2": {"arms"}, "a_pd:3": {"other"}}
    grants = {name: Grant(Outcome.FULL, frozenset(), (), frozenset(each)) for name, each in levels.items()}

    assert view(shown, Visible(shown, [], grants=grants))[1]["vetting"] == ["arms", "dna"]
    assert "vetting" not in view(shown)[1]


@pytest.mark.parametrize(("weight", "shown"), [(12.345678, 12.35), (-0.006, -0.01), (-0.004, 0.0), (0.0, 0.0)])
def test_weights_are_rounded_to_two_decimals_and_zero_has_no_sign(weight: float, shown: float) -> None:
    decision: ExplainedDecision = {
        "left": "a_pd:1",
        "right": "b_so:2",
        "verdict": "SAME",
        "weight": weight,
        "threshold": weight,
        "evidence": [{"name": "time", "level": "x", "weight": weight, "detail": ""}],
        "decided_by": "model",
        "tables_version": "0",
    }
    rounded = {
        **decision,
        "weight": shown,
        "threshold": shown,
        "evidence": [{**decision["evidence"][0], "weight": shown}],
    }

    assert orjson.dumps(decision_fragment(decision)) == orjson.dumps(rounded)
