"""Released schemas never change, and each new one can be read by, and reads, all before it."""

import hashlib
import json
from collections import defaultdict
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import Configuration
from schemas.records import codec

AVSC = Path(codec.__file__).parents[1] / "avro"
GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted({row.name for row in codec.released().values()})


def versions() -> dict[str, list[codec.Released]]:
    found = defaultdict(list)
    for row in codec.released().values():
        found[row.name].append(row)
    return found


def test_every_schema_file_is_released_and_every_released_schema_has_its_file() -> None:
    assert {f"{row.name}.v{row.version}.avsc" for row in codec.released().values()} == {
        path.name for path in AVSC.iterdir()
    }


def test_ids_and_versions_count_from_one_without_gaps() -> None:
    assert sorted(codec.released()) == list(range(1, len(codec.released()) + 1))
    for rows in versions().values():
        assert [row.version for row in rows] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_every_released_version_reads_every_other(name: str) -> None:
    for reader, writer in permutations(versions()[name], 2):
        assert codec.incompatibilities(reader.text, writer.text) == []


def test_a_breaking_change_is_found() -> None:
    text = codec.newest("incident_report").text
    schema = json.loads(text)
    schema["fields"].append({"name": "new", "type": "string", "doc": "no default"})

    assert codec.incompatibilities(json.dumps(schema), text) != []
    assert codec.incompatibilities(text, json.dumps(schema)) == []


def fields_of(schema: Any, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    if isinstance(schema, list):
        return [found for branch in schema for found in fields_of(branch, path)]
    if not isinstance(schema, dict):
        return []
    if schema["type"] in ("array", "map"):
        return fields_of(schema.get("items", schema.get("values")), path)
    found = []
    for field in schema.get("fields", []):
        found.append((f"{path}.{field['name']}", field))
        found += fields_of(field["type"], f"{path}.{field['name']}")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_field_says_what_it_means(name: str) -> None:
    for path, field in fields_of(json.loads(codec.newest(name).text)):
        assert len(field.get("doc", "")) > 3, path


@pytest.mark.parametrize("name", NAMES)
def test_golden_bytes_stay_what_they_were(name: str) -> None:
    """Bytes of the newest version are read and written the same by this release, and by Apache avro."""
    golden = (GOLDEN / f"{name}.v{codec.newest(name).version}.bin").read_bytes()
    record = codec.decode(name, golden)

    assert isinstance(record, dict)
    assert golden == codec.encode(name, record) == codec.reference_encode(name, record)
    assert codec.reference_decode(name, codec.encode(name, record)) == record


@pytest.mark.parametrize("name", NAMES)
def test_bytes_of_every_released_version_are_read_whole(name: str) -> None:
    """What an older release wrote is read with every field of the newest, nested ones too, in the default's meaning."""
    for row in versions()[name]:
        record = codec.decode(name, (GOLDEN / f"{name}.v{row.version}.bin").read_bytes())

        assert isinstance(record, dict)
        assert codec.reference_decode(name, codec.encode(name, record)) == record


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashlib, "sha256", lambda _: hashlib.md5(b"other", usedforsecurity=False))
    with pytest.raises(Configuration, match="was changed after release"):
        codec.released.__wrapped__()


@pytest.mark.parametrize(
    "schema",
    [
        {
            "type": "record",
            "name": "Tree",
            "fields": [{"name": "under", "type": {"type": "array", "items": "Tree"}}],
        },
        {"type": "record", "name": "Bomb", "fields": [{"name": "nothing", "type": {"type": "array", "items": "null"}}]},
        {
            "type": "record",
            "name": "Bomb",
            "fields": [
                {
                    "name": "nothing",
                    "type": {"type": "array", "items": {"type": "record", "name": "Empty", "fields": []}},
                }
            ],
        },
    ],
    ids=["recursive", "array of null", "array of empty records"],
)
def test_a_schema_that_kills_a_process_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(Configuration):
        codec.refuse_dangerous(schema)
