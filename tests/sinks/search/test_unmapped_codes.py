"""The codes that no table knows are counted by report and listed as work."""

from sinks.search import query, unmapped_codes
from tests.sinks.factories import report

FLAG = unmapped_codes.FLAG
ODD = {"system": "ten", "code": "10-99Q", "text": "QUERY"}


def test_only_flagged_reports_count_and_the_most_frequent_code_comes_first() -> None:
    reports = [
        report(1, flags=[FLAG], offense={"system": "ten", "text": "ZZ"}),
        report(2, flags=[FLAG, "no_time"], offense=ODD),
        report(3, flags=[FLAG], offense=ODD),
        report(4),
    ]
    told = unmapped_codes.rows(unmapped_codes.count_codes(reports))

    assert [(row["reports"], row["code"], row["text"]) for row in told] == [(2, "10-99Q", "QUERY"), (1, "", "ZZ")]
    assert unmapped_codes.total(told) == "3 reports, 2 codes"
    assert unmapped_codes.total([]) == "0 reports, 0 codes"
    assert unmapped_codes.cells(told)[0] == unmapped_codes.HEAD


def test_the_request_names_the_flag_and_no_stub() -> None:
    asked = query.flagged(FLAG)["query"]["bool"]["filter"]

    assert asked == [query.CURRENT, {"term": {"flags": FLAG}}]
