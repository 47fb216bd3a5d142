"""One tree of errors, and the value that stands for a rejected record.

An exception is either `Transient` (the same call may succeed later) or `Fatal` (it will not); each carries the exit
code of the command line (sysexits.h). A rejected record is never an exception: it is a `Rejected`, whose reason comes
from the closed list `Reason`, and is the same in topics, logs and metrics.
"""

from dataclasses import dataclass
from enum import StrEnum


class PipelineError(Exception):
    """Root of every error this project raises; `exit_code` is what a command ends with."""

    exit_code = 1


class Transient(PipelineError):
    """A service does not answer: the worker ends, is restarted, and reads the same records again."""

    exit_code = 69


class NotNow(Transient):
    """The input is spooled on disk; a later call delivers it."""

    exit_code = 75


class Fatal(PipelineError):
    """The call fails however often it is repeated."""


class Configuration(Fatal):
    """A setting, a pinned file or an installed part is wrong or missing."""

    exit_code = 78


class Denied(Fatal):
    """The caller is not permitted to do this."""

    exit_code = 77


class InvalidRequest(Fatal):
    """A request is not valid as stated; `field` names the option or parameter at fault."""

    exit_code = 2

    def __init__(self, field: str, detail: str) -> None:
        """Keep the name of the field beside the sentence."""
        super().__init__(detail)
        self.field = field


class Reason(StrEnum):
    """Why a record was rejected. Closed: add a new reason here first."""

    BAD_LINE = "bad_line"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_FIELD = "missing_field"
    BAD_VALUE = "bad_value"
    TOO_LARGE = "too_large"
    AGENCY_MISMATCH = "agency_mismatch"
    AGENCY_UNKNOWN = "agency_unknown"
    AGENCY_MISTYPED = "agency_mistyped"
    BAD_FRAME = "bad_frame"
    SCHEMA_NOT_ALLOWED = "schema_not_allowed"
    DECODE_ERROR = "decode_error"
    STAGE_ERROR = "stage_error"
    SEND_REFUSED = "send_refused"
    INDEX_REFUSED = "index_refused"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejected record: the reason, the field that caused it, and a sentence without personal data."""

    reason: Reason
    field: str
    detail: str
    hint: str = ""
