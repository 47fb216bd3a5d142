"""The types of decisions by persons have the fields and symbols of the released schemas."""

from typing import get_args, get_type_hints

import pytest

from schemas.records import order
from tests.schemas.records.avro_types import fields, keys, symbols


@pytest.mark.parametrize(
    ("record", "schema", "name"),
    [
        (order.Adjudication, "adjudication", "Adjudication"),
        (order.AgreementOrder, "agreement_order", "AgreementOrder"),
        (order.ReportOrder, "report_order", "ReportOrder"),
    ],
)
def test_a_record_has_the_fields_of_its_schema(record: type, schema: str, name: str) -> None:
    assert keys(record) == fields(schema, name)


def test_kinds_and_verdicts_are_the_symbols_of_their_enums() -> None:
    hints = get_type_hints(order.Adjudication), get_type_hints(order.AgreementOrder)

    assert get_args(order.OrderKind) == symbols("report_order", "OrderKind")
    assert get_args(hints[0]["verdict"]) == symbols("adjudication", "AdjudicatedVerdict")
    assert get_args(hints[1]["kind"]) == symbols("agreement_order", "AgreementOrderKind")
