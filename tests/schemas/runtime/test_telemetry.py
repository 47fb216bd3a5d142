"""Logs are structured, hold registered events and keys only, and never a person's data."""

import json
import logging
from io import StringIO

import pytest
import structlog

from schemas.runtime import telemetry


def test_an_unregistered_event_or_key_fails_the_tests_and_never_reaches_a_log() -> None:
    out = StringIO()
    before = logging.getLogger().handlers[:]
    try:
        telemetry.configure_logging("test", form="json", strict=True, stream=out)
        with pytest.raises(telemetry.UnregisteredEvent):
            telemetry.logger("t").info("no_such_event")
        with pytest.raises(telemetry.UnregisteredEvent):
            telemetry.logger("t").info("worker_started", narrative="a witness said")
        structlog.reset_defaults()
        telemetry.configure_logging("test", form="json", strict=False, stream=out)
        telemetry.logger("t").info("worker_started", stage="intake", narrative="a witness said")
        try:
            raise ValueError("a witness said")
        except ValueError:
            telemetry.logger("t").error("worker_failed", stage="intake", exc_info=True)
        logging.getLogger("some.library").warning("told by a library")
    finally:
        logging.getLogger().handlers[:] = before
        structlog.reset_defaults()
    ours, failed, library = (json.loads(line) for line in out.getvalue().splitlines())

    assert ours["event"]["action"] == "worker_started"
    assert ours["labels"] == {"stage": "intake"}
    assert ours["service"]["name"] == library["service"]["name"] == "test"
    assert "builtins.ValueError" in failed["error"]["stack_trace"]
    assert library["log"]["logger"] == "some.library"
    assert "witness" not in out.getvalue()


def test_a_slow_machine_is_no_warning_of_a_library() -> None:
    out = StringIO()
    before = logging.getLogger().handlers[:]
    try:
        telemetry.configure_logging("test", form="json", stream=out)
        logging.getLogger("kafka.net.selector").warning("Task ran for 0.107s (>0.100s threshold)")
        logging.getLogger("kafka.conn").warning("what else it warns of")
    finally:
        logging.getLogger().handlers[:] = before
        structlog.reset_defaults()
    assert [json.loads(line)["message"] for line in out.getvalue().splitlines()] == ["what else it warns of"]
