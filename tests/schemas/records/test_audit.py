"""The types of audit records have the fields and symbols of the released schemas."""

from typing import get_args, get_type_hints

import pytest

from schemas.records import audit
from tests.schemas.records.avro_types import fields, keys, symbols


@pytest.mark.parametrize(
    ("record", "schema", "name"),
    [
        (audit.Decision, "decision", "Decision"),
        (audit.Exposure, "exposure", "Exposure"),
        (audit.ExposedReport, "exposure", "ExposedReport"),
        (audit.Notice, "notice", "Notice"),
        (audit.InquiryRequest, "lookup_request", "LookupRequest"),
        (audit.InquiryResponse, "lookup_answer", "LookupAnswer"),
        (audit.CouncilReport, "council_report", "CouncilReport"),
        (audit.Dissemination, "dissemination", "Dissemination"),
        (audit.Anchor, "dissemination_anchor", "DisseminationAnchor"),
        (audit.RejectedReport, "rejected_report", "RejectedReport"),
        (audit.Header, "rejected_report", "Header"),
    ],
)
def test_a_record_has_the_fields_of_its_schema(record: type, schema: str, name: str) -> None:
    assert keys(record) == fields(schema, name)


def test_kinds_and_outcomes_are_the_symbols_of_their_enums() -> None:
    assert get_args(audit.DecisionKind) == symbols("decision", "DecisionKind")
    for record, field, schema, name in (
        (audit.Notice, "kind", "notice", "NoticeKind"),
        (audit.InquiryResponse, "outcome", "lookup_answer", "LookupOutcome"),
        (audit.Dissemination, "outcome", "dissemination", "DisseminationOutcome"),
    ):
        assert get_args(get_type_hints(record)[field]) == symbols(schema, name)
