"""The mapping is derived from the contract, strict, and of what the embedded server has."""

from typing import Any

from schemas.search_document import FIELDS
from sinks.index import mapping
from sinks.index.names import PATTERN

# What the embedded Elasticsearch lacks.
MISSING_TYPES = {"geo_shape", "match_only_text", "wildcard", "constant_keyword", "search_as_you_type", "version"}
MISSING_ANALYZERS = {"english", "spanish"}


def words(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {word for item in value.values() for word in words(item)}
    return {str(value)}


def test_every_field_of_the_contract_is_mapped_and_no_other() -> None:
    assert set(mapping.mapping()["properties"]) == set(FIELDS)


def test_the_mapping_is_strict() -> None:
    assert mapping.mapping()["dynamic"] == "strict"
    assert mapping.template()["template"]["mappings"] == mapping.mapping()


def test_nothing_that_the_embedded_server_lacks_is_used() -> None:
    assert not words(mapping.template()) & (MISSING_TYPES | MISSING_ANALYZERS)


def test_a_long_word_cannot_refuse_a_document() -> None:
    keywords = [field for field in mapping.mapping()["properties"].values() if field["type"] == "keyword"]

    # Lucene's longest term has 32,766 bytes, UTF-8 at most 4 a character.
    assert keywords
    assert all(field["ignore_above"] * 4 < 32_766 for field in keywords)


def test_what_is_only_stored_cannot_be_searched() -> None:
    for name, field in FIELDS.items():
        if field.type == "stored":
            assert mapping.mapping()["properties"][name] == {"type": "object", "enabled": False}


def test_shards_and_replicas_are_what_was_set() -> None:
    template = mapping.template(shards=2, replicas=1)
    assert "refresh" not in str(template)

    assert template["index_patterns"] == [PATTERN]
    assert template["template"]["settings"]["number_of_shards"] == 2
    assert template["template"]["settings"]["number_of_replicas"] == 1
