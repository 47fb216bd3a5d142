"""Rows of the agency registry are read strictly, and a missing field takes its most restrictive value."""

import pytest

from schemas import agencies
from schemas.agencies import BUNDLED, parse
from schemas.errors import Configuration
from schemas.topics import ENRICHED_REPORTS


@pytest.mark.parametrize(
    "fields",
    [
        {"agency_id": "internal"},
        {"agency_id": "Upper"},
        {"agency_id": "a-b"},
        {"agency_id": "ok_pd", "kind": "city"},
        {"agency_id": "ok_pd", "time_zone": "Mars/Base"},
        {"agency_id": "ok_pd", "match_domain": 4},
        {"agency_id": "ok_pd", "colour": "red"},
    ],
)
def test_a_wrong_agency_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(Configuration):
        agencies.agency_row(fields, "test")


def test_an_agency_without_default_handling_is_restricted() -> None:
    assert agencies.agency_row({"agency_id": "ok_pd"}, "test")["default_handling"] == {}


def test_a_match_domain_is_a_partition_of_the_enriched_reports() -> None:
    for domain in (0, ENRICHED_REPORTS.partitions - 1):
        assert agencies.agency_row({"agency_id": "ok_pd", "match_domain": domain}, "test")["match_domain"] == domain
    for wrong in (-1, ENRICHED_REPORTS.partitions, True, "0"):
        with pytest.raises(Configuration, match="agency ok_pd, match_domain"):
            agencies.agency_row({"agency_id": "ok_pd", "match_domain": wrong}, "test")


def test_an_agency_without_a_name_is_called_by_its_id_and_other_fields_have_defaults() -> None:
    row = agencies.agency_row({"agency_id": "ok_pd"}, "first publish")

    assert (row["match_domain"], row["country"], row["corridor"]) == (0, "", "")
    assert (row["name"], row["kind"], row["time_zone"], row["added_by"]) == ("ok_pd", "unknown", "UTC", "first publish")
    assert agencies.agency_row({"agency_id": "ok_pd", "name": "Okay Police"}, "test")["name"] == "Okay Police"


def test_rows_do_not_share_their_default_handling() -> None:
    agencies.agency_row({"agency_id": "a_pd"}, "test")["default_handling"]["*"] = "GREEN"

    assert agencies.agency_row({"agency_id": "b_pd"}, "test")["default_handling"] == {}


def test_a_row_without_an_id_is_refused() -> None:
    with pytest.raises(Configuration, match="agency_id: missing"):
        agencies.agency_row({"name": "Nobody"}, "test")


def test_the_bundled_agencies_are_named_by_their_ids() -> None:
    rows = parse('[[agency]]\nagency_id = "a_pd"\n[[agency]]\nagency_id = "b_so"\n')

    assert list(rows) == ["a_pd", "b_so"]
    assert {row["added_by"] for row in [*rows.values(), *BUNDLED.values()]} == {"bundled"}
    assert all(name == row["agency_id"] for name, row in BUNDLED.items())
