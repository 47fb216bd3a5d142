"""An incident as people read it: nothing of it is left out."""

import orjson
import pytest

from schemas.search_document import FIELDS, REPORT_FIELDS
from sinks.render.incident import incident_lines
from tests.sinks.factories import document, report
from tests.sinks.joined import AT, BP, DOCUMENT, OTHER, PD, REPORTS, SSP

TEXT = "\n".join(incident_lines("i1", DOCUMENT))


def section(title: str) -> str:
    """The lines beneath a title, up to an empty one."""
    return TEXT.split(f"\n{title}", 1)[1].split("\n\n", 1)[0]


def test_the_made_up_document_keeps_the_contract() -> None:
    assert set(DOCUMENT) <= set(FIELDS)
    assert all(set(one) <= set(REPORT_FIELDS) for one in REPORTS)


def test_every_report_is_told_with_version_status_and_words() -> None:
    assert f"a  {PD}  version 3  UPDATE  CLOSED" in TEXT
    assert f"c  {BP}  version 1  NEW  ACTIVE" in TEXT
    assert "lanzan piedras" in TEXT
    assert "ROCKS THROWN [ca_pc 10-10R] = assault" in TEXT
    assert "reports    2, and 1 cancelled" in TEXT


@pytest.mark.parametrize("status", ["CANCELLED", "UNFOUNDED"])
def test_a_report_that_counts_nowhere_is_marked(status: str) -> None:
    made = orjson.loads(document(report(1), report(2, status=status, cancel_reason="DUPLICATE"), report_count=1))

    text = "\n".join(incident_lines("i1", made))

    assert f"26-000002  version 1  NEW  {status} (DUPLICATE), not counted" in text
    assert text.count("not counted") == 1


def test_a_value_tells_who_leads_why_and_who_disagrees() -> None:
    values = section("surviving values (≠ the reports conflict)").splitlines()

    assert values[1].split("  ")[0] == "≠ occurred_at"
    assert values[1].endswith("a  narrowest time, 60 s")
    assert values[2].split() == ["2026-01-05", "18:01:10", "c", "differs"]
    assert any(line.split() == ["32.67000,-115.49000", "a", "near"] for line in values)
    assert sum("US" in line for line in values) == 1


def test_decisions_among_the_reports_are_told_apart_from_those_on_others() -> None:
    assert "a ~ b  SAME  +7.3 bits" in section("decisions among these reports")
    assert "a ~ c  SAME" in section("decisions among these reports")
    assert OTHER not in section("decisions among these reports")
    assert f"a ~ {OTHER}  RELATED  -2.5 bits" in section("decisions on reports of other incidents")


def test_the_history_comes_last_with_its_newest_word_last() -> None:
    assert TEXT.splitlines()[-1].endswith("version 3  UPDATE  CLOSED  10-10R")


def test_former_ids_are_told_first() -> None:
    lines = incident_lines("i1", DOCUMENT, ["old", "older"])

    assert lines[0] == "old -> older was merged into i1"


def test_a_document_with_little_in_it_is_told_all_the_same() -> None:
    bare = {"report_id": SSP, "version": 1, "action": "NEW", "status": "CANCELLED", "updated_at": 0}
    made = {"state": "CANCELLED", "traffic": "ACTUAL", "updated_at": AT, "report_count": 0, "reports": [bare]}

    assert SSP in "\n".join(incident_lines("i1", made))


def test_nothing_that_an_agency_wrote_moves_the_cursor() -> None:
    made = orjson.loads(document(report(1, cancel_reason="\x1b[2J", address="\x1b[2J"), county=["\x1b[2J"]))

    assert "\x1b" not in "\n".join(incident_lines("i1", made))


def test_what_an_agreement_withholds_and_whom_to_call_is_told() -> None:
    made = orjson.loads(document(report(1, withheld=["narrative", "persons"])))
    caution = {"type": "OFFICER_SAFETY", "text": "armed"}
    made["pointers"] = [{"agency": "b_pd", "contact": "Watch desk", "cautions": [caution]}]

    text = "\n".join(incident_lines("v1", made))

    assert "withheld   narrative, persons" in text or "withheld  narrative, persons" in text
    assert "b_pd: call Watch desk (caution: OFFICER_SAFETY armed)" in text
