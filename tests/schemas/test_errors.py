"""Exit codes are those of sysexits.h, and the codes of rejections are stable."""

import pytest

from schemas.errors import (
    Configuration,
    Denied,
    Fatal,
    InvalidRequest,
    NotNow,
    PipelineError,
    Reason,
    Rejected,
    Transient,
)


@pytest.mark.parametrize(
    ("kind", "exit_code", "transient"),
    [
        (PipelineError, 1, False),
        (Fatal, 1, False),
        (InvalidRequest, 2, False),
        (Transient, 69, True),
        (NotNow, 75, True),
        (Denied, 77, False),
        (Configuration, 78, False),
    ],
)
def test_each_error_has_its_exit_code_and_is_transient_or_fatal(
    kind: type[PipelineError], exit_code: int, transient: bool
) -> None:
    assert kind.exit_code == exit_code
    assert issubclass(kind, Transient) is transient
    assert kind is PipelineError or issubclass(kind, Fatal) is not transient


def test_an_invalid_request_names_its_field_beside_the_sentence() -> None:
    error = InvalidRequest("since", "must be a date")

    assert (error.field, str(error)) == ("since", "must be a date")


def test_the_reasons_of_rejections_are_written_as_their_names() -> None:
    """They are in topics, logs and metrics, so they may be added to and not changed."""
    assert all(reason.value == reason.name.lower() == f"{reason}" for reason in Reason)


def test_a_rejection_is_a_value() -> None:
    rejected = Rejected(Reason.BAD_VALUE, "lat", "must be -90 to 90 degrees")

    assert rejected == Rejected(Reason.BAD_VALUE, "lat", "must be -90 to 90 degrees", hint="")
    assert not isinstance(rejected, Exception)
    assert rejected in {rejected}
