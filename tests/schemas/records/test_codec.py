"""Bytes and records: what is read back is what was written, and nothing else is ever taken for it."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import Reason, Rejected
from schemas.records import codec
from tests.schemas.samples import REPORT, SAMPLES

Strategy = st.SearchStrategy[Any]

_PRIMITIVE: dict[str, Strategy] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False),
    "string": st.text(st.characters(codec="utf-8"), max_size=20),
    "bytes": st.binary(max_size=20),
}


def records(schema: Any, named: dict[str, Strategy]) -> Strategy:
    """Any record that fits a schema; `named` has the types that were defined before."""
    if isinstance(schema, list):
        return st.one_of([records(branch, named) for branch in schema])
    if isinstance(schema, str):
        return {**_PRIMITIVE, **named}[schema]
    match schema["type"]:
        case "record":
            fields = {field["name"]: records(field["type"], named) for field in schema["fields"]}
            return named.setdefault(schema["name"], st.fixed_dictionaries(fields))
        case "array":
            return st.lists(records(schema["items"], named), max_size=2)
        case "map":
            return st.dictionaries(_PRIMITIVE["string"], records(schema["values"], named), max_size=2)
        case "enum":
            return named.setdefault(schema["name"], st.sampled_from(schema["symbols"]))
        case "fixed":
            return st.binary(min_size=schema["size"], max_size=schema["size"])
        case primitive:
            return records(primitive, named)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_any_record_is_coded_as_apache_avro_codes_it(name: str) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(records(json.loads(codec.newest(name).text), {}))
    def check(record: dict[str, Any]) -> None:
        data = codec.encode(name, record)

        assert data == codec.reference_encode(name, record)
        assert codec.decode(name, data) == record

    check()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_reason(data: bytes) -> None:
    read = codec.decode("incident_report", data)

    assert isinstance(read, (dict, Rejected))


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_report_is_never_read_with_bytes_left_over(data: st.DataObject) -> None:
    whole = codec.encode("incident_report", REPORT)
    at = data.draw(st.integers(5, len(whole) - 1))
    damaged = whole[:at] + bytes([data.draw(st.integers(0, 255))]) + whole[at + 1 :]

    read = codec.decode("incident_report", damaged)

    assert isinstance(read, (dict, Rejected))
    if isinstance(read, dict):
        assert len(codec.encode("incident_report", read)) <= len(damaged)


WHOLE = codec.encode("incident_report", REPORT)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, Reason.BAD_FRAME),
        (b"", Reason.BAD_FRAME),
        (b"\x00\x00\x00", Reason.BAD_FRAME),
        (b"\x01" + WHOLE[1:], Reason.BAD_FRAME),
        (b'{"agency": "calexico_pd"}', Reason.BAD_FRAME),
        (b"\x00\x00\x00\x03\xe7" + WHOLE[5:], Reason.SCHEMA_NOT_ALLOWED),
        (codec.encode("decision", SAMPLES["decision"]), Reason.SCHEMA_NOT_ALLOWED),
        (WHOLE[:-1], Reason.DECODE_ERROR),
        (WHOLE + b"\x00", Reason.DECODE_ERROR),
        (WHOLE[:5] + b"\xff" * 10 + WHOLE[15:], Reason.DECODE_ERROR),
        (WHOLE[:5] + b"\xfe\xff\xff\xff\xff\xff\x7f" + WHOLE[6:], Reason.DECODE_ERROR),
        (WHOLE + bytes(codec.MAX_REPORT_BYTES), Reason.TOO_LARGE),
    ],
    ids=[
        "null", "empty", "short", "magic", "json", "unknown id", "id of another subject", "truncated", "trailing byte",
        "garbage", "length bomb", "too large",
    ],
)  # fmt: skip
def test_what_is_not_a_report_is_refused_by_reason(data: bytes | None, reason: Reason) -> None:
    read = codec.decode("incident_report", data, codec.MAX_REPORT_BYTES)

    assert isinstance(read, Rejected)
    assert read.reason == reason


def test_a_record_that_does_not_fit_is_explained_without_its_value() -> None:
    with pytest.raises(ValueError, match="field priority does not fit its type") as caught:
        codec.encode("incident_report", {**REPORT, "priority": "secret words"})

    assert "secret" not in str(caught.value)
