"""A decision and its evidence, for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.render.evidence import (
    VERDICTS,
    bits,
    decision_lines,
    decision_on,
    evidence_table,
    main_evidence,
    verdict_line,
)
from sinks.render.format import number, point
from tests.sinks.joined import BP, EVIDENCE, PD, SSP, comparison, decision


def test_a_decision_is_found_whichever_report_is_named_first() -> None:
    decisions = [decision(PD, SSP), decision(PD, BP)]

    assert decision_on(decisions, PD, BP) == decision_on(decisions, BP, PD) == decisions[1]
    assert decision_on(decisions, SSP, BP) is None


@pytest.mark.parametrize(
    ("weight", "word"), [(7.0, "1.0 above the threshold 6.0"), (6.0, "above"), (5.5, "0.5 below the threshold 6.0")]
)
def test_the_total_is_told_against_the_threshold(weight: float, word: str) -> None:
    assert word in verdict_line(decision(PD, BP, weight=weight))


def test_a_persons_word_is_told_apart_from_what_the_comparison_says() -> None:
    told = verdict_line(decision(PD, BP, "NOT_SAME", 11.0, decided_by="local-operator"))

    assert told.startswith("NOT_SAME  decided by local-operator, overriding the comparison: +11.0 bits")
    assert "local-operator" not in verdict_line(decision(PD, BP))


def test_the_main_evidence_is_what_weighs_most_for_or_against() -> None:
    told = main_evidence([*EVIDENCE, comparison("plate", "different", -9.0, "two plates")])

    assert told.startswith("-9.0 plate: two plates; +6.0 place: 84 m apart, block and gps; +4.1 time")
    assert "side" not in told


def test_every_comparison_stands_in_the_table_with_its_bits_and_the_total_below() -> None:
    lines = evidence_table(decision(PD, BP))

    assert [line.split()[0] for line in lines] == ["comparison", *(one["name"] for one in EVIDENCE), "total"]
    assert lines[2].split() == [
        "place", "100", "m", "+6.0", "+" * 12, "84", "m", "apart,", "block", "and", "gps"
    ]  # fmt: skip
    assert "-1.7  ---" in lines[5]
    assert lines[-1].split() == ["total", "+11.0", "threshold", "6.0"]


def test_a_bar_stays_within_its_bound() -> None:
    lines = evidence_table(decision(PD, BP, evidence=[comparison("plate", "same", 80.0, "one plate")]))

    assert "+" * 24 in lines[1]
    assert "+" * 25 not in lines[1]


def test_reports_of_the_incident_have_short_names_and_others_their_own() -> None:
    lines = decision_lines([decision(PD, BP, evidence=[])], {PD: "a"})

    assert len(lines) == 1
    assert lines[0].startswith(f"  a ~ {BP}  SAME")


def test_what_agencies_wrote_does_not_control_the_terminal() -> None:
    made = decision(PD, BP, evidence=[comparison("street", "x", 1.0, "A\x1b[2J ST")])

    assert "\x1b" not in "".join([*evidence_table(made), main_evidence(made["evidence"])])


def test_every_verdict_of_a_decision_has_a_sentence() -> None:
    assert set(VERDICTS) == {"SAME", "CONTINUES", "RELATED", "NOT_SAME", "UNSURE"}


@given(st.floats(-1e6, 1e6), st.integers(0, 5))
def test_no_number_is_told_as_a_negative_nothing(value: float, digits: int) -> None:
    for signed in (False, True):
        told = number(value, digits, signed)
        assert float(told) == round(value, digits)
        assert not told.startswith("-") or float(told) < 0
    assert not bits(-0.04).startswith("-")
    assert not any("-0.0" in line for line in [verdict_line(decision(PD, BP, "UNSURE", -0.04, threshold=-0.0))])


def test_a_place_on_the_meridian_has_no_sign() -> None:
    assert point({"lat": -1e-9, "lon": -0.0}) == "0.00000,0.00000"
