"""What `export assignments` wrote is read again, strictly."""

import pytest

from streams.evaluation.assignments import parse


def test_reports_are_assigned_to_incidents_and_other_fields_do_not_matter() -> None:
    lines = [
        b'{"agency":"a_pd","source_id":"1","version":2,"incident_id":"i1","status":"CLOSED"}\n',
        b"\n",
        b'{"agency":"b_so","source_id":"1","incident_id":"i1"}\n',
    ]

    assert parse(lines) == ({"a_pd:1": "i1", "b_so:1": "i1"}, [])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "line 1, line: not JSON"),
        (b"[1]", "line 1, line: not a JSON object"),
        (b'{"agency":"a_pd","source_id":"1"}', "line 1, incident_id: must be text that is not empty"),
        (b'{"agency":"a_pd","source_id":7,"incident_id":"i"}', "line 1, source_id: must be text that is not empty"),
        (b'{"agency":"","source_id":"7","incident_id":"i"}', "line 1, agency: must be text that is not empty"),
    ],
)
def test_a_bad_line_is_named(line: bytes, told: str) -> None:
    assert [str(bad) for bad in parse([line])[1]] == [told]


def test_a_report_in_two_incidents_is_bad() -> None:
    row = b'{"agency":"a_pd","source_id":"1","incident_id":"i%d"}'

    assert parse([row % 1, row % 1])[1] == []
    assert [bad.line for bad in parse([row % 1, row % 2])[1]] == [2]
