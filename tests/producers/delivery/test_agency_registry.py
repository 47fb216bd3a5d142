"""The registry: written through, safe to repeat, and closed to strangers where it must be."""

from pathlib import Path

import pytest

from producers.delivery.agency_registry import Registry, default_row, load_cache, load_rows, merged_row, save_cache
from producers.delivery.memory import MemoryKafka
from schemas.agencies import BUNDLED
from schemas.errors import Configuration, Denied, Transient
from schemas.records import codec
from tests.factories import agency


def _registry(kafka: MemoryKafka) -> Registry:
    return Registry(kafka, kafka, 1.0)


def test_adding_writes_the_row_and_then_makes_the_topic() -> None:
    kafka = MemoryKafka()
    assert _registry(kafka).add(agency("yuma_pd")) == "added"
    assert load_rows(kafka) == {"yuma_pd": agency("yuma_pd")}
    assert len(kafka.topics["incident-reports.yuma_pd"]) == 2


def test_adding_again_writes_nothing_and_a_change_is_written() -> None:
    kafka = MemoryKafka()
    registry = _registry(kafka)
    registry.add(agency("yuma_pd"))
    assert registry.add(agency("yuma_pd")) == "unchanged"
    assert _registry(kafka).add(agency("yuma_pd")) == "unchanged"
    assert kafka.end_offsets(["agencies"]) == {("agencies", 0): 1}
    assert _registry(kafka).add(agency("yuma_pd", kind="municipal")) == "changed"
    assert load_rows(kafka)["yuma_pd"]["kind"] == "municipal"


def test_agency_is_not_added_when_kafka_does_not_take_its_row() -> None:
    kafka = MemoryKafka(fails_after=0)
    with pytest.raises(Transient):
        _registry(kafka).add(agency("yuma_pd"))
    assert "incident-reports.yuma_pd" not in kafka.topics
    silent = MemoryKafka(silent=True)
    with pytest.raises(Transient, match="did not acknowledge"):
        _registry(silent).add(agency("yuma_pd"))


def test_bundled_agency_is_known_before_init_has_written_it() -> None:
    kafka = MemoryKafka()
    assert _registry(kafka).ensure("calexico_pd", "", may_add=False) == BUNDLED["calexico_pd"]
    assert load_rows(kafka) == {"calexico_pd": BUNDLED["calexico_pd"]}
    assert "incident-reports.calexico_pd" in kafka.topics


def test_stranger_is_added_at_its_first_publish_with_the_most_restrictive_row() -> None:
    kafka = MemoryKafka()
    made = _registry(kafka).ensure("yuma_pd", "ten", may_add=True)
    assert made == {
        "agency_id": "yuma_pd", "name": "yuma_pd", "country": "", "kind": "unknown", "time_zone": "UTC",
        "code_system": "ten", "match_domain": 0, "default_handling": {}, "ori": "", "corridor": "",
        "added_by": "first publish",
    }  # fmt: skip
    assert load_rows(kafka) == {"yuma_pd": made}


def test_stranger_is_denied_where_nobody_may_add_himself() -> None:
    kafka = MemoryKafka()
    with pytest.raises(Denied, match="agency add yuma_pd"):
        _registry(kafka).ensure("yuma_pd", "ten", may_add=False)
    assert kafka.topics == {}


def test_code_system_is_learnt_once_it_is_told_and_never_unlearnt() -> None:
    kafka = MemoryKafka()
    _registry(kafka).ensure("yuma_pd", "", may_add=True)
    assert _registry(kafka).ensure("yuma_pd", "ten", may_add=False)["code_system"] == "ten"
    assert _registry(kafka).ensure("yuma_pd", "mx", may_add=False)["code_system"] == "ten"
    assert load_rows(kafka)["yuma_pd"]["code_system"] == "ten"


def test_ensuring_again_writes_nothing() -> None:
    kafka = MemoryKafka()
    for _ in range(3):
        _registry(kafka).ensure("yuma_pd", "ten", may_add=True)
    assert kafka.end_offsets(["agencies"]) == {("agencies", 0): 1}


def test_missing_topic_of_a_known_agency_is_made() -> None:
    kafka = MemoryKafka()
    _registry(kafka).add(agency("yuma_pd"))
    del kafka.topics["incident-reports.yuma_pd"]
    _registry(kafka).ensure("yuma_pd", "", may_add=False)
    assert "incident-reports.yuma_pd" in kafka.topics


def test_deleted_row_is_no_row() -> None:
    kafka = MemoryKafka()
    _registry(kafka).add(agency("yuma_pd"))
    kafka.send("agencies", b"yuma_pd", None)
    assert load_rows(kafka) == {}


def test_row_that_is_not_ours_is_told() -> None:
    kafka = MemoryKafka()
    kafka.create_topics({"agencies": (1, {})})
    kafka.send("agencies", b"yuma_pd", b"\x00\x00\x00\x00\x07nonsense")
    with pytest.raises(Configuration):
        load_rows(kafka)


def test_change_keeps_what_is_not_told() -> None:
    standing = agency("yuma_pd", kind="municipal")
    made = merged_row(standing, "yuma_pd", {"time_zone": "America/Phoenix"})
    assert (made["kind"], made["time_zone"], made["added_by"]) == ("municipal", "America/Phoenix", "agency add")
    assert merged_row(standing, "yuma_pd", {"kind": "municipal"}) == standing
    assert merged_row(None, "yuma_pd", {})["added_by"] == "agency add"
    with pytest.raises(Configuration, match="kind"):
        merged_row(standing, "yuma_pd", {"kind": "secret"})


def test_rows_are_remembered_for_the_time_without_kafka(tmp_path: Path) -> None:
    assert load_cache(tmp_path) == BUNDLED
    save_cache(tmp_path, {"yuma_pd": agency("yuma_pd")})
    assert load_cache(tmp_path) == {**BUNDLED, "yuma_pd": agency("yuma_pd")}
    (tmp_path / "agencies.json").write_text("{")
    assert load_cache(tmp_path) == BUNDLED


def test_first_row_fits_the_schema() -> None:
    assert codec.decode_trusted("agency", codec.encode("agency", default_row("yuma_pd", "ten"))) == default_row(
        "yuma_pd", "ten"
    )
