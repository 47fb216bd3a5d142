"""The codes that no table knows are counted by report and listed as work."""

from sinks import search, unmapped
from tests.sinks.factories import report

FLAG = unmapped.FLAG
ODD = {"system": "ten", "code": "10-99Q", "text": "QUERY"}


def test_only_flagged_reports_count_and_the_most_frequent_code_comes_first() -> None:
    reports = [
        report(1, flags=[FLAG], offense={"system": "ten", "text": "ZZ"}),
        report(2, flags=[FLAG, "no_time"], offense=ODD),
        report(3, flags=[FLAG], offense=ODD),
        report(4),
    ]
    told = unmapped.rows(unmapped.codes(reports))

    assert [(row["reports"], row["code"], row["text"]) for row in told] == [(2, "10-99Q", "QUERY"), (1, "", "ZZ")]
    assert unmapped.total(told) == "3 reports, 2 codes"
    assert unmapped.total([]) == "0 reports, 0 codes"
    assert unmapped.cells(told)[0] == unmapped.HEAD


def test_the_request_names_the_flag_and_no_stub() -> None:
    asked = search.flagged(FLAG)["query"]["bool"]["filter"]

    assert asked == [search.LIVING, {"term": {"flags": FLAG}}]
