"""The profile of a report: its bucket of time, its forms, and what is assumed where nothing is stated."""

from typing import Any

import pytest

from streams.dedupe.profile import (
    BUCKET_BYTES,
    WIDEST_S,
    Profile,
    apart_s,
    known_precision,
    name_of,
    of_document,
    pack,
    profile,
    profiles,
    reach,
    report_of,
    unpack,
)
from tests.schemas.samples import SAMPLES
from tests.streams.dedupe.profiles_of import profile as compared

DAY = 86_400
MIDNIGHT = 20_000 * DAY
"""UTC seconds."""
ENRICHED = SAMPLES["enriched_report"]


def enriched(forms: tuple[Any, ...] = (), **changes: Any) -> dict[str, Any]:
    """The sample EnrichedReport with a changed enrichment."""
    return {**ENRICHED, "forms": forms, "enrichment": {**ENRICHED["enrichment"], **changes}}


@pytest.mark.parametrize(("width", "edge"), [(1, 1_800), (300, 1_800), (301, DAY), (WIDEST_S, DAY)])
def test_narrow_times_are_in_half_hours_and_wide_ones_in_days(width: int, edge: int) -> None:
    at = compared(start=MIDNIGHT + edge, width=width)

    assert at.bucket == at._replace(start=MIDNIGHT + 2 * edge - 1).bucket
    assert at.bucket != at._replace(start=MIDNIGHT + edge - 1).bucket
    assert at.bucket != at._replace(start=MIDNIGHT + 2 * edge).bucket
    assert len(at.bucket) == BUCKET_BYTES


def test_a_time_of_1900_has_a_bucket() -> None:
    earliest = compared(start=-2_208_988_800, width=300)

    assert earliest.bucket in reach(earliest, 3_600)


def test_a_narrow_and_a_wide_time_share_no_bucket() -> None:
    assert compared(start=0, width=300).bucket != compared(start=0, width=301).bucket


@pytest.mark.parametrize("width", [60, 300, 301, WIDEST_S])
@pytest.mark.parametrize("within", [0, 3_600])
def test_reach_has_the_buckets_of_every_time_that_near(width: int, within: int) -> None:
    report = compared(start=MIDNIGHT + 1_234, width=60)
    earliest, latest = report.start - within - width, report.end + within

    buckets = reach(report, within)

    assert len(buckets) == len(set(buckets))
    for start in (earliest, latest):
        other = compared(start=start, width=width)
        assert apart_s(report, other) == within
        assert other.bucket in buckets


def test_times_that_touch_or_overlap_are_not_apart() -> None:
    first = compared(start=100, width=60)

    assert apart_s(first, compared(start=160)) == 0
    assert apart_s(first, compared(start=161)) == 1
    assert apart_s(compared(start=161), first) == 1
    assert apart_s(first, compared(start=110, width=10)) == 0


def test_a_report_without_a_time_is_of_the_day_before_its_update() -> None:
    found = profile(enriched(occurred_from=None, updated_at=(MIDNIGHT + DAY) * 1000))

    assert (found.start, found.width, found.end) == (MIDNIGHT, DAY, MIDNIGHT + DAY)


@pytest.mark.parametrize(("stated", "width"), [(0, 1), (1, 1), (60, 60), (DAY, DAY), (DAY + 1, DAY)])
def test_a_width_is_at_least_a_second_and_at_most_a_day(stated: int, width: int) -> None:
    assert profile(enriched(occurred_from=MIDNIGHT * 1000, occurred_precision_s=stated)).width == width


def test_a_precision_that_no_table_has_is_unknown() -> None:
    assert known_precision("GPS") == "GPS"
    assert known_precision("") == known_precision("BY EYE") == "UNKNOWN"


def test_the_name_of_a_form_leads_to_its_report() -> None:
    assert name_of("a_pd:1", 0) == "a_pd:1"
    assert name_of("a_pd:1", 2) not in ("a_pd:1", name_of("a_pd:1", 1), name_of("a_pd:12", 0))
    assert report_of(name_of("a_pd:1", 2)) == report_of("a_pd:1") == "a_pd:1"


def test_every_form_knows_the_names_and_buckets_of_all_forms() -> None:
    wide = {**ENRICHED["enrichment"], "occurred_precision_s": 301}
    whole, narrow, other = profiles(enriched(forms=({"enrichment": None}, {"enrichment": wide})))

    assert [each.form for each in (whole, narrow, other)] == [0, 1, 2]
    expected = [(each.name, each.bucket) for each in (whole, narrow, other)]
    assert whole.bucket == narrow.bucket != other.bucket
    for each in (whole, narrow, other):
        assert list(each.forms()) == expected


def test_a_report_of_one_form_has_one_bucket() -> None:
    (whole,) = profiles(enriched())

    assert whole.buckets == ()
    assert list(whole.forms()) == [(whole.report_id, whole.bucket)]


def test_a_packed_profile_is_read_back_as_it_was() -> None:
    for each in (compared(), *profiles(enriched(forms=({"enrichment": None},)))):
        assert unpack(pack(each)) == each


def test_a_document_that_states_nothing_is_compared_by_nothing() -> None:
    bare = of_document({"report_id": "a_pd:1", "agency": "a_pd", "traffic": "ACTUAL", "updated_at": MIDNIGHT * 1000})

    nothing = compared(start=MIDNIGHT - DAY, width=DAY, lat=None, lon=None, precision="UNKNOWN")
    assert bare == nothing._replace(corridor="", language="")
    assert isinstance(bare, Profile)
