"""Agreement files are read strictly, and the bundled ones say what they must of each other."""

from importlib.resources import files

import pytest

from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import BUNDLED, Outcome, agreement_of, parse
from schemas.errors import Configuration
from schemas.topics import AGENCY_ID

CIT = files("schemas.agreements").joinpath("cit.toml").read_text("utf-8")


def test_the_partnerships_that_are_bundled() -> None:
    assert sorted(BUNDLED) == ["actt", "best-stx", "cit", "federal-local"]
    for agreement in BUNDLED.values():
        assert agreement.members() <= AGENCIES.keys()
        assert all(rule.clause and rule.text for rule in agreement.rules)
        assert "immigration_enforcement" in agreement.denied_purposes
        assert agreement.reports


def test_no_agency_can_take_a_partnerships_audience_for_its_own() -> None:
    names = [audience.name for agreement in BUNDLED.values() for audience in agreement.audiences]

    assert not any(AGENCY_ID.fullmatch(name) for name in names)
    assert agreement_of("calexico_pd", BUNDLED.values()) is None


def test_a_partnership_has_the_time_zone_of_its_place_and_utc_where_its_file_states_none() -> None:
    zones = {name: one.time_zone for name, one in BUNDLED.items()}

    assert zones == {
        "actt": "America/Phoenix",
        "best-stx": "America/Chicago",
        "cit": "America/Los_Angeles",
        "federal-local": "America/Chicago",
    }
    lines = [line for line in CIT.splitlines() if not line.startswith("time_zone")]
    assert parse("\n".join(lines), "cit.toml").time_zone == "UTC"
    for wrong in ('"Pacific"', '"america/phoenix"', "7", '""'):
        with pytest.raises(Configuration, match=r"cit.toml, time_zone: (.* is not a time zone|must be text)"):
            parse("\n".join([f"time_zone = {wrong}", *lines]), "cit.toml")


def test_a_new_partnership_is_a_new_file() -> None:
    made = parse(CIT.replace('"cit"', '"other"').replace("cit-team", "other-team"), "other.toml")

    assert made.agreement_id == "other"
    assert made.rules[0].cap is Outcome.FULL


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("version = 1", "", "version: missing"),
        ("version = 1", 'version = "1"', "version: must be a whole number"),
        ("version = 1", "version = 1\ncolour = 2", "unknown field colour"),
        ("version = 1", 'version = 1\ngeography = "Calexico"', "geography: must be a list"),
        ("version = 1", 'version = 1\ngeography = ["Calexico"]', "geography: 'Calexico' is not a county"),
        ("signed = 2025-11-06T00:00:00-08:00", "signed = 2025-11-06T00:00:00", "with its offset"),
        ("ends = 2027", "ends = 2024", "signed, begins, ends"),
        ('families = ["IMMIGRATION"]', 'families = ["IMIGRATION"]', "rule cit-4.1, families: 'IMIGRATION'"),
        ('effect = "limit"', 'effect = "limits"', "effect: 'limits' is not known"),
        ('outcome = "NONE"', 'outcome = "FULL"', "outcome: 'FULL' is not known"),
        ('withhold = ["narrative", "persons"]', "", "withhold"),
        ('words = "immigration_status"', 'word = "immigration_status"', "unknown field word"),
        ('readers = ["calexico_pd", "usbp_elc"]', 'readers = ["calexico_pd", "laredo_pd"]', "readers: 'laredo_pd'"),
        ('name = "cit-team"', 'name = "calexico_pd"', "a hyphen between"),
        ('purposes = ["criminal_investigation"]', 'purposes = ["immigration_enforcement"]', "a denied purpose"),
        ('country = "USA"', 'country = "us"', "alpha-3"),
        ('foreign = "explicit"', 'foreign = "always"', "foreign: 'always'"),
        ('rule_id = "cit-3.2"', 'rule_id = "cit-3.1"', "contain duplicates"),
        ('reads = ["cit-team"]', 'reads = ["actt-us"]', "reads: 'actt-us'"),
        ("adjudicates = true", 'adjudicates = "yes"', "adjudicates: must be true or false"),
    ],
)
def test_what_is_misread_would_be_a_leak_and_is_refused_by_name(was: str, now: str, told: str) -> None:
    assert was in CIT
    with pytest.raises(Configuration, match=r"x\.toml") as refused:
        parse(CIT.replace(was, now), "x.toml")

    assert told in str(refused.value)


CHECKPOINT = """
[[checkpoint]]
checkpoint_id = "roving-9"
lat = 31.36
lon = -110.93
begins = 2026-01-05T00:00:00-07:00
ends = 2026-01-12T00:00:00-07:00
clause = "5.2"
"""


def test_a_roving_checkpoint_stands_from_its_begin_to_its_end() -> None:
    (one,) = parse(CIT + CHECKPOINT, "cit.toml").checkpoints

    assert (one.checkpoint_id, one.lat, one.lon) == ("roving-9", 31.36, -110.93)
    assert [one.active_at(at) for at in (one.begins - 1, one.begins, one.ends - 1, one.ends)] == [
        False,
        True,
        True,
        False,
    ]
    assert one.begins == 1_767_596_400_000


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("lat = 31.36", "lat = 91.36", "degrees of WGS 84"),
        ("lat = 31.36", 'lat = "31.36"', "lat: must be a number"),
        ("begins = 2026-01-05T00:00:00-07:00", "begins = 2026-01-05T00:00:00", "a time with its offset"),
        ("begins = 2026-01-05T00:00:00-07:00", "begins = 2026-01-13T00:00:00-07:00", "before it ends"),
        ("begins = 2026-01-05T00:00:00-07:00", "", "begins: missing"),
        ("clause", "claus", "unknown field claus"),
    ],
)
def test_a_checkpoint_that_is_misread_is_refused_by_name(was: str, now: str, told: str) -> None:
    with pytest.raises(Configuration, match=told):
        parse(CIT + CHECKPOINT.replace(was, now), "cit.toml")


LOOKUP = """
[[lookup]]
service = "background"
centre = "support_centre"
askers = ["calexico_pd"]
purposes = ["criminal_investigation"]
families = ["HOMICIDE"]
hours = 24
clause = "6.1"
"""


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ('"background"', '"immigration_status"', "service: 'immigration_status' is not known"),
        ('askers = ["calexico_pd"]', 'askers = ["laredo_pd"]', "askers: 'laredo_pd' is not known"),
        (
            'purposes = ["criminal_investigation"]',
            "purposes = []",
            "purposes: must not be empty or contain a denied purpose",
        ),
        (
            "criminal_investigation",
            "immigration_enforcement",
            "purposes: must not be empty or contain a denied purpose",
        ),
        ('families = ["HOMICIDE"]', "families = []", "families: must not be empty"),
        ('families = ["HOMICIDE"]', 'families = ["MURDER"]', "families: 'MURDER' is not known"),
        ("hours = 24", "hours = 0", "hours: must be 1 to 720"),
        ("hours = 24", "hours = 721", "hours: must be 1 to 720"),
        ("hours = 24", 'hours = "24"', "hours: must be a whole number"),
        ('clause = "6.1"', "", "clause: missing"),
    ],
)
def test_a_look_up_that_is_misread_is_refused_by_name(was: str, now: str, told: str) -> None:
    (one,) = parse(CIT + LOOKUP, "cit.toml").inquiry_services
    assert (one.service, one.center, one.hours) == ("background", "support_centre", 24)

    with pytest.raises(Configuration, match=told):
        parse(CIT + LOOKUP.replace(was, now), "cit.toml")


@pytest.mark.parametrize("text", ["party = 5", "rule = [1]", "role = {}", "x = " + "[" * 5_000, "\x00"])
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(Configuration):
        parse(text, "a file")
