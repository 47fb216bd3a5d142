"""The history of an incident as a picture."""

from sinks.render import timeline
from tests.sinks.joined import BP, DOCUMENT, PD, REPORTS, SSP, member, version

NAMES = ["a", "b", "c"]


def test_every_version_of_every_report_is_told_newest_last() -> None:
    found = timeline.events(REPORTS, DOCUMENT["history"])

    text = [event for event in found if event.mark != timeline.OCCURRED]
    told = {(lane, event.version) for lane in range(3) for event in text if event.lane == lane}
    assert told == {(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (2, 1)}
    assert [event.at for event in found] == sorted(event.at for event in found)
    assert (text[-1].lane, text[-1].version) == (0, 3)


def test_a_line_tells_both_times_action_status_and_code() -> None:
    line = next(line for line in timeline.lines(REPORTS, DOCUMENT["history"], NAMES) if "version 3" in line)

    assert line.split() == [
        "2026-01-05", "18:15:00", "2026-01-05", "18:15:02", "●", "version", "3", "UPDATE", "CLOSED", "10-10R"
    ]  # fmt: skip


def test_a_lane_runs_from_the_first_to_the_last_word_of_its_report() -> None:
    history = {
        PD: [version(1, "NEW", "ACTIVE", 10), version(2, "UPDATE", "ACTIVE", 50)],
        BP: [version(1, "NEW", "ACTIVE", 20), version(2, "CANCEL", "CANCELLED", 30)],
    }
    reports = [member(PD, 0, occurred_at=None), member(BP, 0, occurred_at=None)]

    lines = timeline.lines(reports, history, ["a", "b"])

    assert [line[44:47].rstrip() for line in lines] == ["a b", "●", "│ ●", "│ ✕", "●"]


def test_a_document_without_history_tells_the_newest_version() -> None:
    (event,) = timeline.events([member(SSP, 5, occurred_at=None, version=7)], {})

    assert (event.version, event.text) == (7, "version 7  NEW  ACTIVE  10-50")


def test_of_a_version_that_may_not_be_seen_a_line_tells_its_number_alone() -> None:
    lines = timeline.lines([member(PD, 0, occurred_at=None)], {PD: [{"version": 1}]}, ["a"])

    assert lines[1].split() == ["●", "version", "1", "withheld"]


def test_many_reports_are_named_instead_of_drawn() -> None:
    reports = [member(f"a_pd:{n}", n) for n in range(timeline.MAX_LANES + 1)]

    lines = timeline.lines(reports, {}, [f"n{n}" for n in range(len(reports))])

    assert "● n20  version 1" in "\n".join(lines)
    assert max(map(len, lines)) < 100
