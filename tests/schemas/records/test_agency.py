"""A row of the agency registry has the fields of its released schema."""

from schemas.records.agency import AgencyRow
from tests.factories import agency
from tests.schemas.records.avro_types import fields, keys


def test_a_row_has_the_fields_of_its_schema() -> None:
    assert keys(AgencyRow) == fields("agency", "AgencyRow") == agency().keys()
