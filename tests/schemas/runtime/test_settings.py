"""Settings are read from the environment strictly, once, and what cannot be read is named."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from interagency import application
from schemas.errors import Configuration
from schemas.runtime.settings import Endpoints, Settings, endpoints
from sinks.indexing.settings import IndexSettings

WRONG = [
    ("INTERAGENCY_GENERATION", ["two", "0", "-1", "1.5", "10000000", "\u0661\u0662x", "1e3"]),
    ("INTERAGENCY_LOG_LEVEL", ["loud", "5"]),
    ("INTERAGENCY_LOG_FORMAT", ["xml"]),
    ("INTERAGENCY_STRICT_EVENTS", ["perhaps", "2"]),
    ("INTERAGENCY_DELIVERY_TIMEOUT_S", ["soon", "0", "-1", "nan", "inf"]),
    ("INTERAGENCY_ELASTICSEARCH", ["127.0.0.1:9200", "http://", "ftp://h:1", "http://h:port", "http://[::1"]),
    ("INTERAGENCY_REGISTRY", ["registry"]),
    ("INTERAGENCY_ROLE", ["a\x01", "x" * 201]),
]
CASES = [(name, value) for name, values in WRONG for value in values]


@pytest.mark.parametrize(("name", "value"), CASES)
def test_what_cannot_be_read_is_named_and_ends_78(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Configuration, match=f"{name} is "):
        Settings()

    result = CliRunner().invoke(application(), ["search"])
    assert isinstance(result.exception, Configuration)
    assert result.stdout == ""


@pytest.mark.parametrize("value", ["0", "many", ""])
def test_the_settings_of_the_sink_too(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("INTERAGENCY_INDEX_SHARDS", value)
    if value:
        with pytest.raises(Configuration, match="INTERAGENCY_INDEX_SHARDS"):
            IndexSettings()
    else:
        assert IndexSettings().shards == 1


def test_what_is_set_is_read_and_what_is_given_goes_before_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = {"HOME": str(tmp_path), "GENERATION": "7", "STRICT_EVENTS": "no", "LOG_LEVEL": "DEBUG", "KAFKA": "h:1"}
    for name, value in told.items():
        monkeypatch.setenv(f"INTERAGENCY_{name}", value)
    made = Settings(generation=3)

    assert (made.home, made.generation, made.strict_events, made.log_level) == (tmp_path, 3, False, "debug")
    assert made.external
    with pytest.raises(AttributeError):
        made.generation = 4  # type: ignore[misc]


def test_services_are_named_all_or_none() -> None:
    with pytest.raises(Configuration, match="INTERAGENCY_REGISTRY"):
        endpoints(Settings(kafka="127.0.0.1:1", elasticsearch="http://127.0.0.1:3"))
    named = Settings(kafka="127.0.0.1:1", registry="http://127.0.0.1:2/", elasticsearch="http://127.0.0.1:3")

    assert endpoints(named) == Endpoints("127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3")
