"""A column-mapped feed as data: which column is which field, parsed strictly from a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from producers.validation.fields import NAMES
from schemas.errors import Configuration

FORMATS = ("jsonl", "csv")
READERS = ("text", "number", "whole", "time", "words")
UPDATED = "updated"
"""A field of feed files only: the source's own update time, from which a row's version is derived."""

_TIMES = ("occurred_at", "emitted_at", UPDATED)
_TEXT, _TEXTS, _TABLE = "text", "a list of texts", "a table"
_TOP = {"format": _TEXT, "time_zone": _TEXT, "delimiter": _TEXT, "fields": _TABLE, "ignored": _TEXTS}
_OF_FIELD = {"columns": _TEXTS, "join": _TEXT, "read": _TEXT, "format": _TEXT, "words": _TABLE, "constant": ""}
_SOME_TIME = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)
_NO_DELIMITERS = '"\r\n\x00'


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """One field: a constant, or columns that are joined and then read; `format` is the strptime format of times."""

    field: str
    columns: tuple[str, ...] = ()
    join: str = " "
    read: str = "text"
    format: str = ""
    words: Mapping[str, str] | None = None
    constant: Any = None


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """One feed file: `zone` applies to times without an offset, `ignored` are known columns that are not used."""

    name: str
    format: str
    zone: ZoneInfo | None
    fields: tuple[FieldMapping, ...]
    ignored: frozenset[str]
    delimiter: str = ","

    @property
    def columns(self) -> frozenset[str]:
        """Return every column that a row may have."""
        return self.ignored.union(*(mapped.columns for mapped in self.fields))


def load(name: str) -> FeedSpec:
    """Return a bundled feed by its name, or a feed file by its path (`./ours.toml`). Raises: Configuration."""
    path = Path(name)
    if path.suffix == ".toml":
        source: Any = path
    else:
        source = files("producers.feeds").joinpath(f"{name}.toml")
        if not name.isidentifier() or not source.is_file():
            raise Configuration(
                f"no feed {name}: bundled are {', '.join(bundled_feeds())}; or give the path of a .toml file"
            )
    try:
        return parse(path.stem, source.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        reason = (
            "not text in UTF-8" if isinstance(exc, UnicodeDecodeError) else getattr(exc, "strerror", "no such file")
        )
        raise Configuration(f"feed file {name}: {reason}") from exc


def bundled_feeds() -> list[str]:
    """Return the names of the bundled feeds."""
    entries = files("producers.feeds").iterdir()
    return sorted(Path(entry.name).stem for entry in entries if entry.name.endswith(".toml"))


def parse(name: str, text: str) -> FeedSpec:
    """Parse a feed file strictly. Raises: Configuration naming the feed, the field and the reason."""
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        raise Configuration(f"feed {name}: {exc}") from exc
    unknown = sorted(set(raw) - set(_TOP))
    if unknown:
        raise Configuration(f"feed {name}: unknown key {unknown[0]}")
    _check_kinds(f"feed {name}", raw, _TOP)
    if raw.get("format") not in FORMATS:
        raise Configuration(f"feed {name}: format must be one of {', '.join(FORMATS)}")
    zone = raw.get("time_zone")
    if zone is not None and zone not in available_timezones():
        raise Configuration(f"feed {name}: time_zone must be a name such as America/Phoenix")
    mappings = tuple(_field_mapping(name, field, row) for field, row in raw.get("fields", {}).items())
    missing = sorted({"source_id", "occurred_at"} - {mapping.field for mapping in mappings})
    if missing:
        raise Configuration(f"feed {name}: field {missing[0]} is not mapped")
    ignored = frozenset(raw.get("ignored", ()))
    used = [column for mapping in mappings for column in mapping.columns]
    if ignored.intersection(used):
        raise Configuration(f"feed {name}: column {sorted(ignored.intersection(used))[0]} is both mapped and ignored")
    delimiter = raw.get("delimiter", ",")
    if len(delimiter) != 1 or delimiter in _NO_DELIMITERS:
        raise Configuration(f"feed {name}: delimiter must be one character, neither a quote nor a line end")
    return FeedSpec(name, raw["format"], ZoneInfo(zone) if zone else None, mappings, ignored, delimiter)


def _is(value: Any, kind: str) -> bool:
    if kind == _TEXTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, {_TEXT: str, _TABLE: dict}.get(kind, object))


def _check_kinds(where: str, row: Mapping[str, Any], kinds: Mapping[str, str]) -> None:
    wrong = next((key for key, value in row.items() if not _is(value, kinds[key])), None)
    if wrong is not None:
        raise Configuration(f"{where}: {wrong} must be {kinds[wrong]}")


def _parses_times(form: str) -> bool:
    """Return whether strptime can parse a time in this format; '' is ISO 8601."""
    try:
        datetime.strptime(_SOME_TIME.strftime(form), form)  # noqa: DTZ007
    except ValueError:
        return False
    return True


def _field_mapping(name: str, field: str, row: Any) -> FieldMapping:
    where = f"feed {name}, field {field}"
    if field not in NAMES and field != UPDATED:
        raise Configuration(f"{where}: no such field")
    if not isinstance(row, dict) or set(row) - set(_OF_FIELD):
        raise Configuration(f"{where}: may only contain {', '.join(sorted(_OF_FIELD))}")
    _check_kinds(where, row, _OF_FIELD)
    if ("constant" in row) == ("columns" in row):
        raise Configuration(f"{where}: must contain either constant or columns")
    mapping = FieldMapping(field, **{**row, "columns": tuple(row.get("columns", ()))})
    if mapping.read not in READERS:
        raise Configuration(f"{where}: read must be one of {', '.join(READERS)}")
    if (field in _TIMES) != (mapping.read == "time"):
        raise Configuration(f'{where}: {", ".join(_TIMES)} must have read = "time", and no other field may')
    if (mapping.words is not None) != (mapping.read == "words"):
        raise Configuration(f'{where}: read = "words" needs a table of words, and no other reader has one')
    if not all(isinstance(word, str) for word in (mapping.words or {}).values()):
        raise Configuration(f"{where}: every value of words must be text")
    if mapping.read == "time" and not _parses_times(mapping.format):
        raise Configuration(f"{where}: format must be a strptime format such as %m/%d/%Y %H:%M")
    if "columns" in row and not mapping.columns:
        raise Configuration(f"{where}: columns must not be empty")
    return mapping
