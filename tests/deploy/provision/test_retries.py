"""What a service cannot do now is tried again, after pauses that grow, until the time is over."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from deploy.provision import retries
from deploy.provision.retries import retry_transient
from schemas.errors import Configuration, Transient


def test_the_pauses_grow_and_each_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.001)
    answers: Iterator[str | None] = iter([None, None, None, "done"])

    def call() -> str:
        answer = next(answers)
        if answer is None:
            raise Transient("not yet")
        return answer

    with capture_logs() as entries:
        assert retry_transient("kafka", call) == "done"
    assert [(entry["event"], entry["service"], entry["attempt"]) for entry in entries] == [
        ("service_trouble", "kafka", number) for number in (1, 2, 3)
    ]
    assert [entry["seconds"] for entry in entries] == [0.001, 0.002, 0.004]


def test_the_last_error_says_how_often_it_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.02)
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        raise Transient("not yet")

    with pytest.raises(Transient) as caught:
        retry_transient("kafka", call, timeout_s=0.2)
    assert str(caught.value) == f"not yet; this was tried {len(calls)} times in 0 s"
    assert len(calls) > 1


def test_any_other_error_is_raised_at_once() -> None:
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        raise Configuration("never")

    with pytest.raises(Configuration, match=r"^never$"):
        retry_transient("kafka", call)
    assert calls == [1]
