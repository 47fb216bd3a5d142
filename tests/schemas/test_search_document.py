"""The contract of the search document fits together: each field of a report is in one group or shown in full only."""

from itertools import chain
from typing import get_args

from schemas.search_document import ALWAYS_SHOWN, FIELD_GROUPS, FIELDS, REPORT_FIELDS, VALUES, FieldType


def test_every_field_has_a_type_of_the_index_and_a_meaning() -> None:
    assert all(field.type in get_args(FieldType) and field.doc for field in FIELDS.values())
    assert all([*REPORT_FIELDS.values(), *VALUES.values()])


def test_no_field_of_a_report_can_be_withheld_by_two_groups() -> None:
    grouped = list(chain.from_iterable(FIELD_GROUPS.values()))

    assert len(grouped) == len(set(grouped))
    assert set(grouped) <= REPORT_FIELDS.keys()


def test_what_is_always_shown_can_not_be_withheld() -> None:
    assert set(ALWAYS_SHOWN) <= REPORT_FIELDS.keys()
    assert set(ALWAYS_SHOWN).isdisjoint(chain.from_iterable(FIELD_GROUPS.values()))


def test_only_a_full_report_shows_what_is_in_no_group() -> None:
    """A new field of a report lands here, hidden from redacted reports until it is put into a group."""
    rest = REPORT_FIELDS.keys() - set(ALWAYS_SHOWN) - set(chain.from_iterable(FIELD_GROUPS.values()))

    assert rest == {"match", "handling", "flags", "withheld"}


def test_what_is_not_searched_is_stored_and_no_more() -> None:
    stored = {name for name, field in FIELDS.items() if field.type == "stored"}

    assert stored == {"address", "values", "decisions", "history", "reports", "pointers"}
