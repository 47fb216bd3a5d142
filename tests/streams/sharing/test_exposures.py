"""The audit of exposures has every report that a view shows or points to, and nothing once it is gone."""

from typing import Any

import pytest

from schemas.agreements import Outcome
from schemas.records import codec
from schemas.records.incident import SentNotice
from schemas.topics import EXPOSURES, partition_for
from streams.sharing.exposures import exposed, of_notice, of_view
from streams.sharing.view_state import ViewRecord
from streams.sharing.visible import Grant, Visible, read_report
from tests.streams.fakes import NOW
from tests.streams.worlds import member

SHOWN = [read_report(member("a_pd:1", version=3)), read_report(member("a_pd:2"))]
GRANTS = {
    "a_pd:1": Grant(Outcome.REDACTED, frozenset({"persons", "narrative"}), ("r2", "r1")),
    "a_pd:2": Grant(Outcome.FULL, frozenset(), ("r1",)),
    "b_so:1": Grant(Outcome.POINTER, frozenset(), ("r3",)),
    "b_so:2": Grant(Outcome.POINTER, frozenset(), ("r3",)),
}
POINTERS: Any = {"a_pd:1": {"b_so:2": {}, "b_so:1": {}}, "a_pd:2": {"b_so:1": {}}}
VISIBLE = Visible(SHOWN, [], pointers=POINTERS, grants=GRANTS)


def test_what_is_shown_of_a_report_is_its_version_outcome_and_rules() -> None:
    assert exposed(VISIBLE, ["a_pd:1"])[0] == {
        "report_id": "a_pd:1",
        "version": 3,
        "outcome": "REDACTED",
        "withheld": ["narrative", "persons"],
        "rules": ["r1", "r2"],
    }


@pytest.mark.parametrize(
    ("report_ids", "names"),
    [
        (["a_pd:1"], ["a_pd:1", "b_so:1", "b_so:2"]),
        (["a_pd:2"], ["a_pd:2", "b_so:1"]),
        (["a_pd:1", "a_pd:2"], ["a_pd:1", "a_pd:2", "b_so:1", "b_so:2"]),
        ([], []),
    ],
)
def test_a_report_that_is_pointed_to_is_exposed_once_and_without_its_version(
    report_ids: list[str], names: list[str]
) -> None:
    rows = exposed(VISIBLE, report_ids)

    assert [row["report_id"] for row in rows] == names
    assert all((row["version"] == 0) is row["report_id"].startswith("b_so") for row in rows)


def decoded(value: bytes) -> dict[str, Any]:
    return codec.decode_trusted("exposure", value)


def test_the_exposure_of_a_view_holds_from_its_revision_on() -> None:
    rows = exposed(VISIBLE, ["a_pd:2"])
    view = ViewRecord("x-team", "v1", "i1", 0, 2, "ACTIVE", None, b"{}", revision=7, exposed=rows)
    output = of_view(view, NOW, 5)

    assert (output.topic, output.key, output.cause) == (EXPOSURES.name, b"x-team/v1", 5)
    assert output.partition == partition_for("x-team", EXPOSURES)
    made = decoded(output.value)
    assert (made["generation"], made["revision"], made["at"], made["reports"]) == (2, 7, NOW, rows)


def test_a_view_that_ended_exposes_nothing() -> None:
    stub = ViewRecord("x-team", "v1", "i1", 0, 1, "WITHDRAWN", None, b"{}", revision=8)

    assert decoded(of_view(stub, NOW, 0).value)["reports"] == []


NOTICE: SentNotice = {
    "notice_id": "n1",
    "agency_id": "a_pd",
    "report_id": "a_pd:1",
    "other_report_id": "b_so:1",
    "audience": "x-team",
    "limited": True,
    "standing": True,
}


def test_a_notice_exposes_the_other_report_until_it_is_withdrawn() -> None:
    sent, withdrawn = of_notice(NOTICE, 1, NOW, 5), of_notice({**NOTICE, "standing": False}, 1, NOW + 1, 6)

    assert sent.key == withdrawn.key == b"x-team/n1"
    (row,) = decoded(sent.value)["reports"]
    assert (row["report_id"], row["version"], row["outcome"]) == ("b_so:1", 0, "POINTER")
    assert (row["withheld"], row["rules"]) == ([], ["notice"])
    assert decoded(withdrawn.value)["reports"] == []
    assert decoded(sent.value)["revision"] < decoded(withdrawn.value)["revision"]
