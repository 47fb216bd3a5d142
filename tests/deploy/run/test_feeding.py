"""A feed is published at a pace at which it takes a while, and what was refused is told in lines."""

import gzip
from pathlib import Path

import pytest

from deploy.run.feeding import MAX_REFUSALS, MIN_RATE, PUBLISHING_S, feed_rate, refusal_lines


@pytest.mark.parametrize("count", [0, 1, 600, 5000])
def test_the_pace_is_by_the_number_of_lines_and_never_below_the_least(tmp_path: Path, count: int) -> None:
    feed = tmp_path / "feed.jsonl"
    feed.write_bytes(b"{}\n" * count + b"\n  \n")

    assert feed_rate([feed]) == (count, max(MIN_RATE, count / PUBLISHING_S))


def test_several_feeds_are_one_and_gzip_is_recognized(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"{}\n{}")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b"{}\n" * 3))

    assert feed_rate([tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"])[0] == 5


def test_refused_lines_are_told_by_file_line_and_reason() -> None:
    refused = {"file": "feed.jsonl", "line": 7, "field": "", "reason": "bad_line", "detail": "not JSON", "hint": ""}

    assert refusal_lines({"refusals": [refused]}, Path("log")) == ["feed.jsonl:7 - bad_line not JSON"]
    many = refusal_lines({"refusals": [refused] * (MAX_REFUSALS + 5)}, Path("log"))
    assert len(many) == MAX_REFUSALS + 1
    assert many[-1] == "... and 5 more lines were refused: see log"
