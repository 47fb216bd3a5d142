"""The truth file is read strictly: a figure of a half-read truth would be a wrong figure."""

import pytest

from streams.evaluation.ground_truth import parse

HEAD = "left,right,label,basis"


def read(*rows: str, head: str = HEAD) -> tuple[dict[tuple[str, str], str], list[str]]:
    truth, bad = parse("\n".join([head, *rows]).encode().splitlines(keepends=True))
    return truth, [str(line) for line in bad]


def test_pairs_and_labels_are_read_whichever_report_stands_first() -> None:
    truth, bad = read("b_so:1,a_pd:1,1,drawn up", "a_pd:2,b_so:2,0,", '"a_pd:3,x",b_so:3,ignore,"near, but"')

    assert truth == {("a_pd:1", "b_so:1"): "1", ("a_pd:2", "b_so:2"): "0", ("a_pd:3,x", "b_so:3"): "ignore"}
    assert bad == []


def test_the_same_pair_twice_counts_once_and_with_two_labels_is_bad() -> None:
    assert read("a_pd:1,b_so:1,1,", "b_so:1,a_pd:1,1,") == ({("a_pd:1", "b_so:1"): "1"}, [])
    assert read("a_pd:1,b_so:1,1,", "b_so:1,a_pd:1,0,")[1] == ["line 3, label: this pair is labeled 1 above"]


@pytest.mark.parametrize("head", ["left,right,label", "label,right,left,basis", "\ufeffleft,right,label,basis"])
def test_columns_may_stand_in_another_order_and_the_basis_may_be_missing(head: str) -> None:
    row = {"left": "a_pd:1", "right": "b_so:1", "label": "1", "basis": ""}
    cells = ",".join(row[name] for name in head.removeprefix("\ufeff").split(","))

    assert read(cells, head=head) == ({("a_pd:1", "b_so:1"): "1"}, [])


@pytest.mark.parametrize(
    "head", ["", "left,right", "left,right,label,weight", "left,left,right,label", "a_pd:1,b_so:1,1,x"]
)
def test_other_columns_are_refused(head: str) -> None:
    assert read("a_pd:1,b_so:1,1,", head=head) == ({}, ["line 1, header: columns must be left,right,label,basis"])


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("a_pd:1,b_so:1,2,", "line 2, label: must be one of 1, 0, ignore"),
        ("a_pd:1,b_so:1,,", "line 2, label: must be one of 1, 0, ignore"),
        ("a_pd,b_so:1,1,", "line 2, left: must be agency:source_id"),
        ("A PD:1,b_so:1,1,", "line 2, left: must be agency:source_id"),
        ("a_pd:1,b_so:,1,", "line 2, right: must be agency:source_id"),
        ("a_pd:1,a_pd:1,1,", "line 2, right: the same report as left"),
        ("a_pd:1,b_so:1", "line 2, line: 2 cells under 4 columns"),
        ("a_pd:1,b_so:1,1,x,y", "line 2, line: 5 cells under 4 columns"),
        ('a_pd:1,"b_so:1,1,', "line 2, line: unexpected end of data"),
    ],
)
def test_a_bad_line_is_named_with_its_field_and_reason(row: str, told: str) -> None:
    assert read(row)[1] == [told]


def test_every_bad_line_is_named_and_good_ones_do_not_hide_them() -> None:
    assert [line.split(",")[0] for line in read("a_pd:1,b_so:1,x,", "a_pd:2,b_so:2,1,", "a_pd:3,b_so:3,y,")[1]] == [
        "line 2",
        "line 4",
    ]


def test_bytes_that_are_no_text_are_named() -> None:
    _, bad = parse([b"left,right,label,basis\n", b"a_pd:\xff1,b_so:1,1,\n"])

    assert [str(line) for line in bad] == ["line 2, left: not printable text in UTF-8"]
