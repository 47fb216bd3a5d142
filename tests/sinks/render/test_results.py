"""The rows and totals of a search, for people."""

from typing import Any

from sinks.render.results import COLUMNS, facet_lines, row
from tests.sinks.joined import DOCUMENT

BARE: dict[str, Any] = {"id": "i1", "state": "CANCELLED", "report_count": 0}


def test_a_row_has_a_cell_for_every_column_and_counts_the_reports() -> None:
    cells = dict(zip(COLUMNS, row({"id": "i1", **DOCUMENT}), strict=True))

    assert cells["occurred (UTC)"] == "2026-01-05 18:00:00"
    assert cells["place"] == "200 BLK IMPERIAL AVE, Calexico"
    assert cells["agencies"] == "calexico_pd usbp_elc"
    assert cells["reports"] == "2 ≠"
    assert cells["incident"] == "i1"


def test_an_offense_is_told_by_its_concept_and_only_else_by_the_agencies_words() -> None:
    words = {"id": "i1", "state": "ACTIVE", "report_count": 1, "offense_text": ["rocks thrown"]}

    assert row({**words, "offense": ["assault"]})[1] == "assault"
    assert row(words)[1] == "rocks thrown"


def test_a_place_without_words_is_told_by_its_coordinates() -> None:
    hit = {**BARE, "location": {"lat": 32.67, "lon": -115.49}, "precision": "gps"}

    assert row(hit)[2] == "32.67000,-115.49000 (gps)"


def test_a_document_with_little_in_it_is_told_all_the_same() -> None:
    assert row(BARE)[-2:] == ("0 CANCELLED", "i1")


def test_facets_tell_incidents_and_reports() -> None:
    values = [{"value": f"agency_{n}", "incidents": 3, "reports": 5} for n in range(20)]

    lines = facet_lines({"total": 3, "hits": [], "facets": {"agency": values, "day": []}})

    assert lines[0] == "3 incidents"
    assert lines[1].startswith("agency  agency_0 3 (5), ")
    assert "12 more" in lines[1]
    assert len(lines) == 3


def test_no_hits_are_told_in_one_line() -> None:
    assert facet_lines({"total": 0, "hits": [], "facets": {"agency": []}}) == ["0 incidents"]
