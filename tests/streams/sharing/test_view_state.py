"""What release keeps of the views that it wrote, from its own records or read back."""

from typing import Any

import orjson

from streams.sharing.view_state import (
    ViewRecord,
    audience_and_view,
    digest,
    key_of,
    materialize,
    read_record,
)
from tests.streams.fakes import MemoryState

NOTICE: Any = {
    "notice_id": "a_pd:1|b_so|",
    "agency_id": "a_pd",
    "report_id": "a_pd:1",
    "other_report_id": "b_so:2",
    "audience": "us",
    "limited": True,
    "standing": True,
}


def view(**changes: Any) -> ViewRecord:
    document = orjson.dumps({"report_ids": ["a_pd:1", "b_so:2"]})
    whole: dict[str, Any] = {
        "audience": "internal",
        "view_id": "v1",
        "incident_id": "i1",
        "domain": 3,
        "generation": 1,
        "state": "ACTIVE",
        "into": None,
        "document": document,
        "revision": 1,
        "report_ids": ("a_pd:1", "b_so:2"),
    }
    return ViewRecord(**{**whole, **changes})


def stored(*records: ViewRecord) -> dict[bytes, bytes]:
    state = MemoryState()
    for record in records:
        state.change(materialize([(record, b"")], state))
    return state.values


def test_the_key_of_a_view_has_both_its_parts() -> None:
    assert audience_and_view(key_of("us", "v/1")) == ("us", "v/1")
    assert view().key == "internal/v1"


def test_a_digest_differs_by_state_redirect_and_document() -> None:
    digests = {digest("ACTIVE", None, b"1"), digest("ACTIVE", None, b"2"), digest("MERGED", None, b"1")}
    assert len({*digests, digest("MERGED", "v2", b"1")}) == 4


def test_a_record_that_is_read_back_changes_the_state_alike() -> None:
    record = view(noticed=[NOTICE])
    assert stored(read_record(record.encoded())) == stored(record)


def test_the_state_has_the_view_its_incident_and_its_reports() -> None:
    record = view(noticed=[NOTICE])
    entry = ["i1", 1, digest("ACTIVE", None, record.document), "ACTIVE"]

    assert stored(record) == {
        b"vinternal/v1": orjson.dumps(entry),
        b"ii1": orjson.dumps(["internal/v1"]),
        b"ra_pd:1": orjson.dumps(["i1", [NOTICE]]),
        b"rb_so:2": b"i1",
    }


def test_a_withdrawn_view_is_no_longer_its_incidents_and_a_merged_one_is() -> None:
    ended = view(state="WITHDRAWN", document=b"{}", revision=2)
    merged = view(state="MERGED", into="v2", document=b"{}", revision=2)

    assert b"ii1" not in stored(view(), ended)
    assert stored(view(), merged)[b"ii1"] == orjson.dumps(["internal/v1"])


def test_only_internal_views_place_reports() -> None:
    assert not [key for key in stored(view(audience="us")) if key.startswith(b"r")]
