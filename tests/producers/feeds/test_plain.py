"""The plain feed: what is taken, what is refused, and that a refusal says where without saying what."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.feeds.plain import parse
from producers.validation.fields import FIELDS, Values
from producers.validation.report import has_unknown_precision
from schemas.errors import Reason, Rejected
from tests.factories import OCCURRED_MS, line, raw

# What a vendor gets wrong: (line, field, reason).
BAD_LINES: list[tuple[bytes, str, Reason]] = [
    (b'{"agency": "calexico_pd", \n', "", Reason.BAD_LINE),
    (b"[1, 2]\n", "", Reason.BAD_LINE),
    (b"\xff\xfe\n", "", Reason.BAD_LINE),
    (b"[" * 100_000, "", Reason.BAD_LINE),
    (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "", Reason.BAD_LINE),
    (line().replace(b"32.6789", b"NaN"), "", Reason.BAD_LINE),
    (line(address="x").replace(b'"x"', b'"\\ud83d"'), "", Reason.BAD_LINE),
    (line(narrative="x" * 300_000), "", Reason.TOO_LARGE),
    (line(agency=...), "agency", Reason.MISSING_FIELD),
    (line(agency="Calexico PD"), "agency", Reason.BAD_VALUE),
    (line(agency="internal"), "agency", Reason.BAD_VALUE),
    (line(agency=["calexico_pd"]), "agency", Reason.BAD_VALUE),
    (line(source_id=""), "source_id", Reason.BAD_VALUE),
    (line(source_id="x" * 129), "source_id", Reason.BAD_VALUE),
    (line(source_id=4711), "source_id", Reason.BAD_VALUE),
    (line(source_id=None), "source_id", Reason.BAD_VALUE),
    (line(version=0), "version", Reason.BAD_VALUE),
    (line(version=1.0), "version", Reason.BAD_VALUE),
    (line(version=True), "version", Reason.BAD_VALUE),
    (line(version=2**63), "version", Reason.BAD_VALUE),
    (line(version=...), "version", Reason.MISSING_FIELD),
    (line(event="deleted"), "event", Reason.BAD_VALUE),
    (line(event={}), "event", Reason.BAD_VALUE),
    (line(event=...), "event", Reason.MISSING_FIELD),
    (line(occurred_at="2026-01-31T23:59:00"), "occurred_at", Reason.BAD_VALUE),
    (line(occurred_at="2026-01-31"), "occurred_at", Reason.BAD_VALUE),
    (line(occurred_at="31/01/2026 23:59 +01:00"), "occurred_at", Reason.BAD_VALUE),
    (line(occurred_at="2026-01-31x23:59:00Z"), "occurred_at", Reason.BAD_VALUE),
    (line(occurred_at=1_769_932_740), "occurred_at", Reason.BAD_VALUE),
    (line(occurred_at=None), "occurred_at", Reason.BAD_VALUE),
    (line(emitted_at="2026-13-01T00:00:00Z"), "emitted_at", Reason.BAD_VALUE),
    (line(emitted_at=...), "emitted_at", Reason.MISSING_FIELD),
    (line(lat=91), "lat", Reason.BAD_VALUE),
    (line(lon=-180.5), "lon", Reason.BAD_VALUE),
    (line(lat="32.6"), "lat", Reason.BAD_VALUE),
    (line(lat=True), "lat", Reason.BAD_VALUE),
    (line(lat=None), "lat", Reason.BAD_VALUE),
    (line(lon=...), "lon", Reason.BAD_VALUE),
    (line(precision=5), "precision", Reason.BAD_VALUE),
    (line(address=["x"]), "address", Reason.BAD_VALUE),
    (line(address="MAIN\x00ST"), "address", Reason.BAD_VALUE),
    (line(narrative=7), "narrative", Reason.BAD_VALUE),
    (line(lang="english language"), "lang", Reason.BAD_VALUE),
    (line(occurred_precision_s=0), "occurred_precision_s", Reason.BAD_VALUE),
    (line(occurred_precision_s="60"), "occurred_precision_s", Reason.BAD_VALUE),
    (line(source_tz="Mars/Olympus"), "source_tz", Reason.BAD_VALUE),
    (line(ori="CA013"), "ori", Reason.BAD_VALUE),
    (line(seq=1.5), "seq", Reason.BAD_VALUE),
    (line(traffic="drill"), "traffic", Reason.BAD_VALUE),
    (line(persons={"name": "x"}), "persons", Reason.BAD_VALUE),
    (line(persons=["x"]), "persons[0]", Reason.BAD_VALUE),
    (line(persons=[{"name": "x"}, {"nmae": "x"}]), "persons[1].nmae", Reason.UNKNOWN_FIELD),
    (line(persons=[{"name": 5}]), "persons[0].name", Reason.BAD_VALUE),
    (line(persons=[{"name": "x", "roles": ["VICTIM", 5]}]), "persons[0].roles[1]", Reason.BAD_VALUE),
    (line(persons=[{"name": "x"}] * 201), "persons", Reason.TOO_LARGE),
    (line(vehicles=[{"plate": "x", "year": -1}]), "vehicles[0].year", Reason.BAD_VALUE),
    (line(vehicles=[{"plate": "a\x00b"}]), "vehicles[0].plate", Reason.BAD_VALUE),
    (line(handling="GREEN"), "handling", Reason.BAD_VALUE),
    (line(handling={"level": "green"}), "handling.level", Reason.BAD_VALUE),
    (line(handling={"level": ["RED"]}), "handling.level", Reason.BAD_VALUE),
    (line(handling={"relto": ["MEX"]}), "handling.relto", Reason.UNKNOWN_FIELD),
    (line(handling={"rel_to": ["Mexico"]}), "handling.rel_to[0]", Reason.BAD_VALUE),
    (line(handling={"caveats": "NOFORN"}), "handling.caveats", Reason.BAD_VALUE),
    (line(occured_at="x"), "occured_at", Reason.UNKNOWN_FIELD),
]


@pytest.mark.parametrize(("bad", "field", "reason"), BAD_LINES, ids=lambda value: str(value)[:40])
def test_bad_line_is_refused_with_field_and_reason(bad: bytes, field: str, reason: Reason) -> None:
    rejected = parse(bad)
    assert isinstance(rejected, Rejected)
    assert (rejected.field, rejected.reason) == (field, reason)
    assert rejected.detail


def _good(parsed: Values | Rejected) -> Values:
    assert not isinstance(parsed, Rejected), parsed
    return parsed


def test_good_line_is_taken_as_it_is() -> None:
    values = _good(parse(line()))
    assert values["occurred_at"] == OCCURRED_MS
    assert (values["lat"], values["lon"]) == (32.6789, -115.4989)
    assert (values["precision"], values["event"], values["version"]) == ("INTERSECTION", "created", 1)
    assert values["persons"] == [{"name": "INVENTED, PERSON"}]


def test_line_may_be_text() -> None:
    assert parse(line().decode()) == parse(line())


@pytest.mark.parametrize("field", [field.name for field in FIELDS if not field.required])
def test_null_is_not_told_wherever_the_field_may_be_missing(field: str) -> None:
    both = {"lat": None, "lon": None} if field in ("lat", "lon") else {field: None}
    _good(parse(line(**both)))
    _good(parse(line(**dict.fromkeys(both, ...))))


@pytest.mark.parametrize("field", [field.name for field in FIELDS if field.required])
def test_required_field_may_not_be_missing(field: str) -> None:
    rejected = parse(line(**{field: ...}))
    assert isinstance(rejected, Rejected)
    assert (rejected.field, rejected.reason) == (field, Reason.MISSING_FIELD)


def test_every_time_with_an_offset_is_the_same_moment() -> None:
    told = ("2026-01-31T23:59:00-08:00", "2026-02-01T07:59:00Z", "2026-02-01 07:59:00.000+00:00", "20260201T075900Z")
    read = {_good(parse(line(occurred_at=time)))["occurred_at"] for time in told}
    assert read == {OCCURRED_MS}


def test_moment_keeps_milliseconds_before_and_after_1970() -> None:
    assert _good(parse(line(occurred_at="1969-12-31T23:59:59.999Z")))["occurred_at"] == -1
    assert _good(parse(line(occurred_at="2026-02-01T07:59:00.123456Z")))["occurred_at"] == OCCURRED_MS + 123


@pytest.mark.parametrize(("word", "symbol", "unread"), [
    ("gps", "GPS", False), ("GPS", "GPS", False), ("unknown", "UNKNOWN", False), (None, "UNKNOWN", False),
    ("rooftop", "", True), ("", "", True),
])  # fmt: skip
def test_other_word_of_precision_is_unknown_and_counted(word: str | None, symbol: str, unread: bool) -> None:
    values = _good(parse(line(precision=word)))
    assert (values["precision"], has_unknown_precision(values)) == (symbol, unread)


def test_unknown_field_suggests_the_field_that_was_meant() -> None:
    rejected = parse(line(occured_at="x"))
    assert isinstance(rejected, Rejected)
    assert rejected.hint == "did you mean occurred_at?"


def test_name_of_an_unknown_field_is_shortened_and_made_printable() -> None:
    rejected = parse(line(**{"\x1b[31m" + "x" * 500: 1}))
    assert isinstance(rejected, Rejected)
    assert rejected.field.isprintable()
    assert len(rejected.field) == 64


SECRET = "TOP-SECRET-PERSON"
_TELLS = ("persons", "vehicles", "narrative", "address", "cancel_reason", "type_text", "handling", "source_id")


@pytest.mark.parametrize("field", _TELLS)
@pytest.mark.parametrize(
    "wrong",
    [
        [{"name": SECRET, "dob": [SECRET]}],
        [{"name": SECRET + "\x00"}],
        [{"plate": SECRET, "year": SECRET}],
        {"level": SECRET, "caveats": [SECRET]},
        SECRET + "\x00",
        [SECRET],
        SECRET * 20_000,
    ],
)
def test_refusal_never_quotes_a_value(field: str, wrong: object) -> None:
    rejected = parse(line(**{field: wrong}))
    assert isinstance(rejected, Rejected)
    assert SECRET not in repr(rejected)


def test_line_that_is_no_json_is_not_quoted() -> None:
    rejected = parse(b'{"narrative": "' + SECRET.encode() + b'", ' + SECRET.encode() + b"}")
    assert isinstance(rejected, Rejected)
    assert SECRET not in repr(rejected)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=200))
def test_no_bytes_make_parse_raise(data: bytes) -> None:
    parse(data)


@given(_JSON)
def test_no_json_makes_parse_raise(value: object) -> None:
    parse(json.dumps(value))


@given(st.sampled_from([field.name for field in FIELDS]), _JSON)
def test_no_value_of_a_field_makes_parse_raise(field: str, value: object) -> None:
    parsed = parse(json.dumps(raw(**{field: value})))
    if isinstance(parsed, Rejected) and field not in ("lat", "lon"):
        assert parsed.field.split("[")[0].split(".")[0] in (field, "")


@given(st.sampled_from(["persons", "vehicles", "handling"]), st.text(max_size=6), _JSON)
def test_no_nested_value_makes_parse_raise(field: str, name: str, value: object) -> None:
    inner: object = {name: value}
    parse(json.dumps(raw(**{field: inner if field == "handling" else [inner]})))


def test_duplicate_key_takes_the_last() -> None:
    doubled = orjson.dumps(raw())[:-1] + b',"version":7}'
    assert _good(parse(doubled))["version"] == 7
