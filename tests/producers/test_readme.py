"""The producer of the README runs as it is written, and says what was refused."""

import re
from pathlib import Path

import pytest

import producers
from producers.delivery.agency_registry import Registry
from producers.delivery.memory import MemoryKafka
from producers.delivery.session import Session
from schemas.errors import Transient
from schemas.runtime.settings import Settings

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
(EXAMPLE,) = (block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "Publisher" in block)


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryKafka:
    made = MemoryKafka()

    def connecting(settings: Settings) -> Session:
        return Session(
            settings, Transient("away") if made.silent else made, None if made.silent else Registry(made, made, 1.0)
        )

    monkeypatch.setenv("INTERAGENCY_HOME", str(tmp_path))
    monkeypatch.setattr("producers.publisher.Publisher.__init__.__defaults__", (None, connecting, False))
    return made


def run(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {})


def test_the_example_publishes_and_says_so(kafka: MemoryKafka, capsys: pytest.CaptureFixture[str]) -> None:
    run(EXAMPLE)

    assert capsys.readouterr().out == "1 acknowledged, 0 kept on disk for the next run, 0 refused\n"
    assert any(kafka.topics["incident-reports.calexico_pd"])


def test_the_example_says_which_field_is_wrong(kafka: MemoryKafka, capsys: pytest.CaptureFixture[str]) -> None:
    run(EXAMPLE.replace("version=1", "version=0"))
    told = capsys.readouterr().out

    assert told.startswith("refused: version bad_value expected a whole number from 1")
    assert "0 acknowledged, 0 kept on disk for the next run, 1 refused" in told


def test_the_example_says_what_is_kept_while_kafka_is_away(
    kafka: MemoryKafka, capsys: pytest.CaptureFixture[str]
) -> None:
    kafka.silent = True
    run(EXAMPLE)

    assert "0 acknowledged, 1 kept on disk for the next run" in capsys.readouterr().out


def test_every_name_of_the_package_is_there() -> None:
    assert all(getattr(producers, name).__name__ == name for name in producers.__all__)
    with pytest.raises(AttributeError):
        producers.Nothing  # noqa: B018
