"""Whoever changes, cuts or writes anew the dissemination log is found by a key or an anchor; the chain alone is blind.

`broken` is what `dissemination verify` was before keys and anchors: each attack shows that it finds nothing.
"""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records.audit import Anchor, Dissemination
from sinks.access.dissemination_chain import (
    Finding,
    KnownAnchor,
    findings,
    known_anchors,
    new_keys,
    parse_anchor,
    parse_keys,
)
from sinks.access.dissemination_log import NEW_KEY, anchor, key_after, mac_of, next_key, next_line
from tests.sinks.disseminated import (
    DAY_MS,
    FIRST_KEY,
    KEPT_MS,
    NOW,
    broken,
    chain,
    question,
    rehashed,
    state_after,
)

KEYS = {1: FIRST_KEY}


def found(
    lines: list[Dissemination],
    keys: dict[int, bytes] | None = None,
    anchors: list[KnownAnchor] | None = None,
    now: int = NOW,
) -> list[Finding]:
    return findings(lines, keys or {}, anchors or [], KEPT_MS, now)


def noted(line: Anchor) -> list[KnownAnchor]:
    return [parse_anchor(f"{line['number']}:{line['digest']}")]


def kept(line: Anchor) -> list[KnownAnchor]:
    return known_anchors([anchor(line)], "the topic")


@given(st.integers(1, 6), st.integers(1, 6))
def test_an_untouched_log_holds_by_chain_key_and_anchor(count: int, first: int) -> None:
    lines = chain(count, keyed_from=first)

    keys = {first: FIRST_KEY} if first <= count else {}
    assert found(lines, keys, [*noted(lines[0]), *kept(lines[-1])]) == []


@given(st.integers(1, 5), st.sampled_from([{"reader": "x"}, {"ids": []}, {"purpose": "x"}, {"at": NOW - 5}]))
def test_a_log_written_anew_is_found_by_the_key_from_the_line_that_was_changed(at: int, change: dict[str, Any]) -> None:
    forged = rehashed(chain(5, keyed_from=1), at, **change)

    assert broken(forged) is None
    assert [one.line for one in found(forged, KEYS)] == list(range(at, 6))


def test_who_has_the_key_of_a_line_can_write_what_follows_and_not_what_was_before() -> None:
    lines = chain(6, keyed_from=1)
    taken = {number: key_after(FIRST_KEY, number - 1) or b"" for number in (4, 5, 6)}

    later = rehashed(lines, 4, taken, reader="x")
    earlier = rehashed(lines, 3, taken, reader="x")

    assert found(later, KEYS) == []
    assert [one.line for one in found(earlier, KEYS)] == [3]
    assert [one.line for one in found(later, KEYS, noted(lines[4]))] == [5]


def test_a_log_of_before_keys_written_anew_is_found_by_the_line_that_follows_it_and_by_an_anchor() -> None:
    lines = chain(6, keyed_from=4)
    forged = rehashed(lines, 2, reader="x")
    without_macs = [cast(Dissemination, {**line, "mac": ""}) for line in forged]

    assert broken(forged) is None
    assert [one.line for one in found(forged, {4: FIRST_KEY})] == [4, 5, 6]
    assert [one.line for one in found(without_macs, {4: FIRST_KEY})] == [4, 5, 6]
    assert [one.line for one in found(without_macs, {}, noted(lines[2]))] == [3]
    assert [one.line for one in found(without_macs, {}, known_anchors([state_after(lines, 4).last], "this home"))] == [
        6
    ]


def test_a_line_without_mac_after_one_with_is_found_without_any_key() -> None:
    lines = chain(3, keyed_from=1)
    lines[2] = next_line(question(), lines[1])

    assert broken(lines) is None
    assert found(lines) == [Finding(3, "has no MAC, and lines before it have")]


def test_a_cut_tail_is_found_by_any_anchor_beyond_it() -> None:
    lines = chain(9, keyed_from=1)
    cut = lines[:5]

    assert broken(cut) is None
    assert found(cut, KEYS) == []
    for anchors in (noted(lines[7]), kept(lines[7]), known_anchors([state_after(lines).last], "this home")):
        (one,) = found(cut, {}, anchors)
        assert one.line == anchors[0].number
        assert "is missing" in one.what
        assert "ends with line 5" in one.what


def test_only_the_last_missing_line_of_each_source_is_told() -> None:
    lines = chain(9)
    anchors = known_anchors([anchor(line) for line in lines], "the topic")

    assert [one.line for one in found(lines[:5], {}, anchors)] == [9]
    assert [one.line for one in found(lines[:5], {}, anchors + noted(lines[6]))] == [7, 9]


def test_a_removed_log_is_found_by_any_anchor_that_is_not_expired() -> None:
    line = chain(3)[2]

    assert broken([]) is None
    for anchors in (noted(line), kept(line)):
        assert [one.line for one in found([], {}, anchors)] == [3]
    assert found([], {}, kept(line), now=line["at"] + KEPT_MS) == []


def test_a_cut_head_is_found_by_an_anchor_that_retention_cannot_have_taken() -> None:
    lines = chain(9)
    cut = lines[4:]
    old = max(line["at"] for line in lines) + KEPT_MS

    assert broken(cut) is None
    (missing, first) = found(cut, {}, kept(lines[2]))
    assert (missing.line, first.line) == (3, 5)
    assert "begins with line 5" in missing.what
    assert found(cut, {}, kept(lines[2]), now=old) == []
    # Whether retention took the line is not known of an anchor without its time: the age of the first line tells.
    assert [one.line for one in found(cut, {}, noted(lines[2]))] == [5]


@pytest.mark.parametrize(("days", "lines_missing"), [(0, True), (1826 - 32, True), (1826 - 31, False), (1826, False)])
def test_a_first_line_is_as_old_as_retention_or_a_segment_less(days: int, lines_missing: bool) -> None:
    cut = chain(9)[4:]

    assert bool(found(cut, now=cut[0]["at"] + days * DAY_MS)) is lines_missing


def test_a_key_reaches_lines_whose_head_is_gone() -> None:
    lines = chain(9, keyed_from=2)[4:]
    now = lines[0]["at"] + KEPT_MS

    assert found(lines, {2: FIRST_KEY}, now=now) == []
    assert [one.line for one in found(lines, {2: b"x" * 32}, now=now)] == [5, 6, 7, 8, 9]


def test_a_number_that_no_log_reaches_does_not_keep_the_check_busy() -> None:
    far = cast(Dissemination, {**chain(1, keyed_from=1)[0], "number": 2**60})

    assert any("its MAC is another" in one.what for one in found([far], KEYS))


def renewed(other: bytes) -> list[Dissemination]:
    lines = chain(3, keyed_from=1)
    lines.append(next_line(question(asked=f'{{"{NEW_KEY}":true}}'), lines[-1], other))
    return lines + chain(2, keyed_from=1, before=lines[-1], key=next_key(other))


def test_another_key_is_told_and_both_keys_together_reach_all_lines() -> None:
    lines = renewed(b"o" * 32)

    assert new_keys(lines) == [4]
    assert found(lines, {1: FIRST_KEY, 4: b"o" * 32}) == found(lines, {4: b"o" * 32}) == found(lines) == []
    ((number, what),) = found(lines, KEYS)
    assert number == 4
    assert "another key" in what


def test_who_has_no_key_cannot_hide_behind_another_key() -> None:
    lines = chain(5, keyed_from=1)
    forged = rehashed(lines, 3, asked=f'{{"{NEW_KEY}":true}}')

    assert [one.line for one in found(forged, KEYS)] == [3]


@pytest.mark.parametrize("asked", [f'{{"text":"{NEW_KEY}"}}', f'"{NEW_KEY}"', f"{NEW_KEY}", f'["{NEW_KEY}"]'])
def test_a_question_with_these_words_begins_no_key(asked: str) -> None:
    lines = chain(2, keyed_from=1)
    lines.append(next_line(question(asked=asked), lines[-1], key_after(FIRST_KEY, 2)))

    assert new_keys(lines) == []
    assert found(lines, KEYS) == []


def test_a_mac_is_bound_to_its_line_and_its_key() -> None:
    (line,) = chain(1, keyed_from=1)

    assert line["mac"] == mac_of(line, FIRST_KEY) != mac_of(line, next_key(FIRST_KEY))
    for name, value in {"number": 2, "previous": "x", "digest": "x", "reader": "x"}.items():
        assert mac_of({**line, name: value}, FIRST_KEY) != line["mac"]


def test_keys_are_read_out_of_what_init_printed() -> None:
    text = f"topics 3\ndissemination key, keep it away from this machine: 7-{FIRST_KEY.hex()}\n"

    assert parse_keys(text) == {7: FIRST_KEY}


@pytest.mark.parametrize("text", ["", "0-" + "a" * 64, "1-" + "a" * 63, "1-" + "a" * 65, "1-" + "A" * 64])
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="no key") as told:
        parse_keys(text)
    assert "aaa" not in str(told.value).lower()


@pytest.mark.parametrize("text", ["", "1", "1:", "0:" + "a" * 64, "1:" + "a" * 63, " 1:" + "a" * 64])
def test_what_is_no_anchor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NUMBER:DIGEST"):
        parse_anchor(text)
