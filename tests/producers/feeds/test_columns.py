"""Column-mapped feeds: feed files, versions, local times, and the bundled feeds on invented rows of their layout."""

import gzip
import io
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from producers.feeds import spec
from producers.feeds.columns import ColumnFeed, is_ambiguous
from producers.feeds.lines import open_feed
from producers.validation.fields import Values
from schemas.errors import Configuration, Reason, Rejected

_MINIMAL = """
format = "jsonl"
time_zone = "America/Los_Angeles"
ignored = ["noise"]
[fields.source_id]
columns = ["id"]
[fields.occurred_at]
columns = ["when"]
read = "time"
[fields.type_text]
columns = ["what"]
"""


def _feed(extra: str = "", agency: str | None = "calexico_pd") -> ColumnFeed:
    return ColumnFeed(spec.parse("test", _MINIMAL + extra), agency)


def _values(parsed: Values | Rejected) -> Values:
    assert not isinstance(parsed, Rejected), parsed
    return parsed


def _rejected(parsed: Values | Rejected) -> Rejected:
    assert isinstance(parsed, Rejected)
    return parsed


def _row(**changes: Any) -> dict[str, Any]:
    return {"id": "1", "when": "2026-07-01T12:00:00", "what": "FIRE", **changes}


@pytest.mark.parametrize(("name", "text"), [
    ("unknown key", "speed = 1\n" + _MINIMAL),
    ("format", _MINIMAL.replace("jsonl", "xml")),
    ("time_zone", _MINIMAL.replace("America/Los_Angeles", "Pacific")),
    ("source_id", _MINIMAL.replace("[fields.source_id]", "[fields.ori]")),
    ("no such field", _MINIMAL + '[fields.color]\ncolumns = ["c"]\n'),
    ("either constant or columns", _MINIMAL + '[fields.lang]\ncolumns = ["c"]\nconstant = "en"\n'),
    ("either constant or columns", _MINIMAL + "[fields.lang]\n"),
    ("must not be empty", _MINIMAL + "[fields.lang]\ncolumns = []\n"),
    ("may only contain", _MINIMAL + '[fields.lang]\ncolumn = "c"\n'),
    ("read must be one of", _MINIMAL + '[fields.lat]\ncolumns = ["c"]\nread = "float"\n'),
    ("words", _MINIMAL + '[fields.event]\ncolumns = ["c"]\nread = "words"\n'),
    ("must", _MINIMAL.replace('read = "time"', "")),
    ("must", _MINIMAL + '[fields.lang]\ncolumns = ["c"]\nread = "time"\n'),
    ("both mapped and ignored", _MINIMAL + '[fields.lang]\ncolumns = ["noise"]\n'),
    ("test", "format = "),
    ("test", "x = " + "[" * 5000),
    ("fields must be a table", 'format = "csv"\nfields = [1]\n'),
    ("columns must be a list", _MINIMAL.replace('["id"]', '"id"')),
    ("columns must be a list", _MINIMAL.replace('["id"]', "[1]")),
    ("columns must be a list", _MINIMAL.replace('["id"]', '[["id"]]')),
    ("ignored must be a list", _MINIMAL.replace('["noise"]', '"noise"')),
    ("ignored must be a list", _MINIMAL.replace('["noise"]', "5")),
    ("time_zone must be text", _MINIMAL.replace('"America/Los_Angeles"', '["UTC"]')),
    ("format must be text", _MINIMAL.replace('"jsonl"', '["jsonl"]')),
    ("join must be text", _MINIMAL.replace('["id"]', '["id"]\njoin = 1')),
    ("words must be a table", _MINIMAL + '[fields.event]\ncolumns = ["c"]\nread = "words"\nwords = ["a"]\n'),
    ("must be text", _MINIMAL + '[fields.event]\ncolumns = ["c"]\nread = "words"\nwords = {a = 1}\n'),
    ("strptime", _MINIMAL.replace('read = "time"', 'read = "time"\nformat = "%Q"')),
    ("delimiter must be text", "delimiter = 1\n" + _MINIMAL),
    ("delimiter must be one", 'delimiter = ";;"\n' + _MINIMAL),
    ("delimiter must be one", 'delimiter = ""\n' + _MINIMAL),
    ("delimiter must be one", 'delimiter = "\\n"\n' + _MINIMAL),
])  # fmt: skip
def test_feed_file_is_read_strictly(name: str, text: str) -> None:
    with pytest.raises(Configuration, match=name):
        spec.parse("test", text)


def test_unknown_feed_names_the_bundled_ones() -> None:
    with pytest.raises(Configuration, match="chp, csv_cad"):
        spec.load("nowhere")
    with pytest.raises(Configuration, match=r"ours\.toml"):
        spec.load("./ours.toml")
    with pytest.raises(Configuration):
        spec.load("../../etc/passwd")


def test_feed_file_that_is_no_utf8_or_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_bytes("# Pe\xf1asco".encode("latin-1"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(Configuration, match="not text in UTF-8"):
        spec.load(str(tmp_path / "ours.toml"))
    with pytest.raises(Configuration, match="directory"):
        spec.load(str(tmp_path / "folder.toml"))


@pytest.mark.parametrize("name", spec.bundled_feeds())
def test_bundled_feed_is_sound(name: str) -> None:
    assert spec.load(name).fields


def test_column_that_nobody_mapped_is_refused() -> None:
    rejected = _rejected(_feed().read(_row(wat="x")))
    assert (rejected.field, rejected.reason, rejected.hint) == ("wat", Reason.UNKNOWN_FIELD, "did you mean what?")


def test_ignored_column_is_ignored() -> None:
    assert "noise" not in _values(_feed().read(_row(noise=1)))


def test_naive_time_is_of_the_zone_of_the_feed() -> None:
    values = _values(_feed().read(_row()))
    assert values["occurred_at"] == int(
        datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("America/Los_Angeles")).timestamp() * 1000
    )
    assert values["source_tz"] == "America/Los_Angeles"
    assert "occurred_ambiguous" not in values


def test_time_with_an_offset_keeps_it() -> None:
    noon = _values(_feed().read(_row(when="2026-07-01T12:00:00+00:00")))["occurred_at"]
    assert noon == 1_782_907_200_000


def test_hour_that_occurs_twice_takes_the_first_and_says_so() -> None:
    values = _values(_feed().read(_row(when="2026-11-01T01:30:00")))
    assert values["occurred_at"] == int(datetime.fromisoformat("2026-11-01T01:30:00-07:00").timestamp() * 1000)
    assert values["occurred_ambiguous"] is True


def test_time_with_an_offset_is_never_ambiguous() -> None:
    assert "occurred_ambiguous" not in _values(_feed().read(_row(when="2026-11-01T01:30:00-08:00")))


def test_hour_that_does_not_occur_is_taken_as_the_clock_would_have_gone_on() -> None:
    values = _values(_feed().read(_row(when="2026-03-08T02:30:00")))
    assert values["occurred_at"] == int(datetime.fromisoformat("2026-03-08T03:30:00-07:00").timestamp() * 1000)
    assert "occurred_ambiguous" not in values


@pytest.mark.parametrize(("when", "zone", "twice"), [
    ("2026-11-01T01:30:00", "America/Los_Angeles", True),
    ("2026-11-01T00:59:59", "America/Los_Angeles", False),
    ("2026-11-01T02:00:00", "America/Los_Angeles", False),
    ("2026-03-08T02:30:00", "America/Los_Angeles", False),
    ("2026-11-01T01:30:00", "America/Phoenix", False),
    ("2026-11-01T01:30:00", "America/Tijuana", True),
    ("2026-11-01T01:30:00", "America/Hermosillo", False),
])  # fmt: skip
def test_occurs_twice(when: str, zone: str, twice: bool) -> None:
    assert is_ambiguous(datetime.fromisoformat(when).replace(tzinfo=ZoneInfo(zone))) is twice


def test_own_version_column_is_the_version() -> None:
    feed = _feed('[fields.version]\ncolumns = ["rev"]\nread = "whole"\n')
    assert [_values(feed.read(_row(rev=rev)))["version"] for rev in (3, "7", 3)] == [3, 7, 3]


def test_own_update_time_in_milliseconds_is_the_version_and_the_time_of_emission() -> None:
    values = _values(
        _feed('[fields.updated]\ncolumns = ["seen"]\nread = "time"\n').read(_row(seen="2026-07-01T12:05:00Z"))
    )
    assert values["version"] == values["emitted_at"] == 1_782_907_500_000


def test_order_of_distinct_contents_of_an_id_is_the_version() -> None:
    feed = _feed()
    rows = [_row(), _row(id="2"), _row(what="SMOKE"), _row(), _row(noise="x"), _row(what="FIRE OUT")]
    read = [_values(feed.read(row)) for row in rows]
    assert [values["version"] for values in read] == [1, 1, 2, 1, 1, 3]
    assert [values["event"] for values in read] == ["created", "created", "updated", "created", "created", "updated"]


def test_time_of_emission_and_counter_are_no_content() -> None:
    feed = _feed(
        '[fields.emitted_at]\ncolumns = ["sent"]\nread = "time"\n[fields.seq]\ncolumns = ["n"]\nread = "whole"\n'
    )
    rows = [_row(sent="2026-07-01T12:05:00Z", n=1), _row(sent="2026-07-02T12:05:00Z", n=2)]
    assert [_values(feed.read(row))["version"] for row in rows] == [1, 1]


def test_agency_of_a_column_must_agree_and_a_constant_may_be_replaced() -> None:
    column, constant = '[fields.agency]\ncolumns = ["who"]\n', '[fields.agency]\nconstant = "yuma_pd"\n'
    assert _values(_feed(column).read(_row(who="nogales_pd")))["agency"] == "nogales_pd"
    assert _values(_feed(constant).read(_row()))["agency"] == "calexico_pd"
    assert _values(_feed(constant, None).read(_row()))["agency"] == "yuma_pd"


def test_row_without_any_agency_is_refused() -> None:
    rejected = _rejected(_feed(agency=None).read(_row()))
    assert (rejected.field, rejected.reason) == ("agency", Reason.MISSING_FIELD)


@pytest.mark.parametrize(("extra", "changes", "field"), [
    ("", {"when": "yesterday"}, "occurred_at"),
    ("", {"when": 5}, "occurred_at"),
    ("", {"what": 5}, "type_text"),
    ("", {"id": "x" * 200}, "source_id"),
    ('[fields.version]\ncolumns = ["rev"]\nread = "whole"\n', {"rev": "two"}, "version"),
    ('[fields.lat]\ncolumns = ["y"]\nread = "number"\n', {"y": "north"}, "lat"),
    ('[fields.lat]\ncolumns = ["y"]\nread = "number"\n', {"y": "nan"}, "lat"),
    ('[fields.event]\ncolumns = ["e"]\nread = "words"\nwords = {N = "created"}\n', {"e": "X"}, "event"),
])  # fmt: skip
def test_value_that_cannot_be_read_is_refused(extra: str, changes: dict[str, Any], field: str) -> None:
    rejected = _rejected(_feed(extra).read(_row(**changes)))
    assert (rejected.field, rejected.reason) == (field, Reason.BAD_VALUE)
    assert str(next(iter(changes.values()))) not in repr(rejected)


def _chp(**changes: Any) -> bytes:
    """One row in the layout of the California Highway Patrol's log; invented."""
    row = {
        "source": "chp_zzcc", "source_id": "2026-01-31-0001", "occurred_at": "2026-01-31T08:16:00-08:00", "lat": None,
        "lon": None, "address": "I999 N / Nowhere Rd", "address_note": "JNO", "type_code": None,
        "type_text": "Traffic Hazard", "narrative": None, "lang": "en", "area": "Nowhere",
        "ingested_at": "2026-01-31T16:20:00+00:00", "last_seen_at": "2026-01-31T16:30:00+00:00",
        "revisions": [{"seen_at": "2026-01-31T16:20:00+00:00", "type_text": "x", "address": "y"}], "truth_id": None,
        **changes,
    }  # fmt: skip
    return orjson.dumps(row) + b"\n"


def test_row_of_the_highway_patrol_is_read() -> None:
    rows = _chp() + _chp(source="chp_yycc") + _chp(last_seen_at="2026-01-31T16:40:00+00:00", address_note=None)
    first, other, again = (_values(values) for _, values in ColumnFeed(spec.load("chp"), None).rows(io.BytesIO(rows)))
    assert (first["agency"], first["source_id"]) == ("chp", "chp_zzcc/2026-01-31-0001")
    assert other["source_id"] == "chp_yycc/2026-01-31-0001"
    assert (first["type_system"], first["type_text"], first["narrative"]) == ("chp", "Traffic Hazard", "JNO")
    assert (first["event"], again["event"]) == ("created", "updated")
    assert again["version"] - first["version"] == 600_000
    assert "narrative" not in again
    chosen = ColumnFeed(spec.load("chp"), "chp_el_centro").rows(io.BytesIO(_chp()))
    assert _values(next(chosen)[1])["agency"] == "chp_el_centro"


_HEADER = (
    b"CallNo,Rev,Status,CallDate,CallTime,Latitude,Longitude,GeoSource,Street,City,Code,Nature,Remarks,Dispo,Beat,Units"
)
_CSV = (
    _HEADER
    + b"""
26-1,1,OPEN,01/31/2026,23:59,32.5,-114.7,AVL,1 MAIN ST,YUMA,10-50,ACCIDENT,"TWO CARS,\nONE TREE",,B1,U1
26-1,2,CANCEL,01/31/2026,23:59,,,NONE,1 MAIN ST,,10-50,ACCIDENT,,DUPLICATE,B1,
26-2,1,LOST,01/31/2026,23:59,,,,1 MAIN ST,,10-50,ACCIDENT,,,,
26-3,1,OPEN,01/31/2026
26-4,1,OPEN,01/31/2026,23:59,,,NONE,\xff\xfe,,10-50,ACCIDENT,,,,
26-5,1,OPEN,01/31/2026,23:59,,,NONE,1 MAIN ST,,10-50,ACCIDENT,,,,
"""
)


def _csv(data: bytes) -> list[tuple[int, Values | Rejected]]:
    return list(ColumnFeed(spec.load("csv_cad"), "yuma_pd").rows(io.BytesIO(data)))


def test_csv_is_read_with_quotes_and_line_numbers() -> None:
    (_, first), (_, second), *_, (number, last) = _csv(_CSV)
    opened, cancelled = _values(first), _values(second)
    assert (opened["address"], opened["narrative"]) == ("1 MAIN ST, YUMA", "TWO CARS,\nONE TREE")
    assert (opened["lat"], opened["precision"], opened["version"]) == (32.5, "GPS", 1)
    assert opened["occurred_at"] == int(datetime.fromisoformat("2026-01-31T23:59:00-07:00").timestamp() * 1000)
    assert (cancelled["event"], cancelled["cancel_reason"], cancelled["version"]) == ("cancelled", "DUPLICATE", 2)
    assert (number, _values(last)["source_id"]) == (8, "26-5")


def test_bad_csv_rows_are_refused_where_they_stand() -> None:
    refused = [(number, one.field, one.reason) for number, one in _csv(_CSV) if isinstance(one, Rejected)]
    assert refused == [
        (5, "event", Reason.BAD_VALUE),
        (6, "", Reason.BAD_LINE),
        (7, "address", Reason.BAD_VALUE),
    ]


def test_header_with_another_column_or_without_one_refuses_the_file() -> None:
    (number, other), *rest = _csv(_CSV.replace(b"Beat", b"Bat", 1))
    assert (number, _rejected(other).field, _rejected(other).hint, rest) == (1, "Bat", "did you mean Beat?", [])
    (number, lacking), *rest = _csv(_CSV.replace(b"Nature,", b"", 1))
    assert (number, _rejected(lacking).field, _rejected(lacking).reason, rest) == (
        1,
        "Nature",
        Reason.MISSING_FIELD,
        [],
    )


_HEADERS: list[tuple[str, bytes, str, str]] = [
    ("several", _HEADER.replace(b"Be", b"S").replace(b"CallNo", b"No"), "unknown: No, Sat; missing: CallNo", ""),
    ("capitals", _HEADER.lower(), "unknown: callno, rev", "did you mean CallNo?"),
    ("spaces", _HEADER.replace(b"Code", b" Code "), "missing: Code", "did you mean Code?"),
    ("twice", _HEADER.replace(b"Beat", b"Code"), "duplicate: Code", ""),
    ("other delimiter", _HEADER.replace(b",", b";"), "none of 1 is known", "delimiter seems to be ';'"),
    ("tabs", _HEADER.replace(b",", b"\t"), "none of 1 is known", "delimiter seems to be"),
    ("no header", b"26-1,1,OPEN,EXAMPLE PERSON", "none of 4 is known", "must name the columns"),
    ("UTF-16 without a mark", _HEADER.decode().encode("utf-16-le"), "is known", "UTF-8"),
    ("bytes", bytes(range(1, 256)), "is known", "UTF-8"),
    ("Latin-1", _HEADER.replace(b"Street", b"Direcci\xf3n"), "unknown: Direcci?n; missing: Street", ""),
]  # fmt: skip


@pytest.mark.parametrize(("header", "detail", "hint"), [one[1:] for one in _HEADERS], ids=[one[0] for one in _HEADERS])
def test_header_that_does_not_fit_is_one_refusal_of_line_1(header: bytes, detail: str, hint: str) -> None:
    found = _csv(header + b"\n" + _CSV.split(b"\n", 1)[1])
    assert [number for number, _ in found] == [1]
    refused = _rejected(found[0][1])
    assert detail in refused.detail
    assert hint in refused.hint
    assert "EXAMPLE" not in repr(refused)


def test_header_may_stand_behind_blank_lines() -> None:
    assert [number for number, one in _csv(b"\n\n" + _CSV) if not isinstance(one, Rejected)] == [4, 6, 10]


def test_bytes_that_are_no_utf8_name_field_and_column() -> None:
    refused = _rejected(_csv(_CSV)[4][1])
    assert (refused.field, refused.hint) == ("address", "from column Street, City")
    assert "as UTF-8" in refused.detail


def test_a_row_over_several_lines_is_told_from_where_it_begins() -> None:
    row = _CSV.split(b"\n")[-2]
    (number, refused), *_ = _csv(_HEADER + b'\n26-1,1,"OPEN,01/31\n' + row + b"\n" + row)
    assert number == 2
    assert "in lines 2 to 4" in _rejected(refused).detail


def test_a_line_beyond_its_bound_costs_itself_and_no_memory() -> None:
    import tracemalloc

    long = _CSV.replace(b"ACCIDENT,,DUPLICATE", b"x" * 50_000_000 + b",,DUPLICATE", 1)
    tracemalloc.start()
    found = _csv(long)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    refused = [(number, one.reason) for number, one in found if isinstance(one, Rejected)]
    assert refused[0] == (4, Reason.TOO_LARGE)
    assert len(found) == len(_csv(_CSV))
    assert peak < 16 * 1024 * 1024
    (number, header), *rest = _csv(b"x" * 1_000_000 + b"\n" + _CSV)
    assert (number, _rejected(header).reason, rest) == (1, Reason.TOO_LARGE, [])


def test_damaged_gzip_ends_a_csv_with_one_refusal(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv.gz"
    lines = b"\n".join(b"26-%d,1,OPEN,01/31/2026,23:59,,,NONE,%s,,10-50,A,,,," % (n, os.urandom(9).hex().encode())
                      for n in range(3000))  # fmt: skip
    packed = gzip.compress(_HEADER + b"\n" + lines)
    path.write_bytes(packed[: len(packed) // 2])
    with open_feed(str(path)) as (stream, _):
        *good, (number, last) = ColumnFeed(spec.load("csv_cad"), "yuma_pd").rows(stream)
    assert len(good) > 500
    assert number == len(good) + 2
    assert _rejected(last).reason is Reason.BAD_LINE


def test_cell_without_an_end_does_not_stop_the_rows_before_it() -> None:
    found = _csv(_CSV.rsplit(b"\n", 2)[0] + b'\n26-6,1,OPEN,"' + b"x\n" * 100_000)
    assert [isinstance(one, Rejected) for _, one in found[:2]] == [False, False]
    assert isinstance(found[-1][1], Rejected)
