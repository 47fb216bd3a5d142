"""The record of an incident: bounded, read back as it was written, and read as earlier releases wrote it."""

from itertools import combinations
from typing import Any, cast

import pytest

from schemas.records import codec
from schemas.records.incident import Incident, Member
from schemas.topics import INCIDENTS
from streams.dedupe.clustering import MOST_MEMBERS
from streams.dedupe.evidence import add_evidence
from streams.dedupe.link_graph import MOST_BYTES
from streams.dedupe.profile import profile
from streams.dedupe.score import decision as decide
from streams.dedupe.score import score
from streams.dedupe.weights import TABLE
from streams.incidents import incident_record
from streams.incidents.versions import MOST_LINES, with_history
from tests.schemas.samples import REPORT
from tests.schemas.test_released import GOLDEN
from tests.streams.fakes import NOW, report
from tests.streams.test_resolve import HOUR_MS, come, members, resolved
from tests.streams.worlds import decision, history_line, member

LARGEST_RECORD = 8 * 1024 * 1024
"""The bound of the members and what the pairs of 200 of them take beside: what a reader must be ready for."""


def incident(reports: list[dict[str, Any]], decisions: list[Any]) -> Incident:
    made = {
        "incident_id": "i1",
        "domain": 0,
        "generation": 1,
        "revision": 1,
        "state": "ACTIVE",
        "into": None,
        "members": reports,
        "decisions": decisions,
        "departed": [],
    }
    return cast(Incident, made)


def test_an_incident_is_read_as_it_was_written() -> None:
    names = ["a_pd:1", "a_pd:2", "b_so:1"]
    pairs = [
        decision("a_pd:1", "a_pd:2", -14.0),
        decision("a_pd:1", "b_so:1", 3.5, by="analyst1", verdict="NOT_SAME"),
        decision("a_pd:2", "b_so:1", 1 / 3),
    ]
    pairs[0]["source_weight"] = TABLE.weights["source"]["same agency"]
    pairs[0]["levels"] = TABLE.packed(["same agency" if name == "source" else "" for name in TABLE.weights])
    made = incident([member(name) for name in names], pairs)

    assert incident_record.trusted(incident_record.write(made)) == made


def test_what_an_earlier_release_wrote_with_its_evidence_is_read() -> None:
    left, right = (
        profile(codec.decode_trusted("enriched_report", member(name)["enriched"])) for name in ("a_pd:1", "a_pd:2")
    )
    whole = add_evidence(decide(left, right, score(left, right)), left, right)
    earlier = incident([member("a_pd:1"), member("a_pd:2")], [whole])
    value = codec.encode("incident", {**earlier, "pairs": []})

    (read,) = incident_record.trusted(value)["decisions"]
    assert read == decide(left, right, score(left, right))
    assert incident_record.trusted((GOLDEN / "incident.v2.bin").read_bytes())["decisions"][0]["verdict"] == "SAME"


def test_what_another_table_decided_is_read_without_its_levels() -> None:
    """Their numbers mean something else there: the evidence is worked out anew."""
    made = decision("a_pd:1", "a_pd:2", -14.0)
    made |= {"tables_version": "another", "levels": b"\xfe" * len(TABLE.weights)}
    (read,) = incident_record.trusted(incident_record.write(incident([member("a_pd:1"), member("a_pd:2")], [made])))[
        "decisions"
    ]
    left, right = (
        profile(codec.decode_trusted("enriched_report", member(name)["enriched"])) for name in ("a_pd:1", "a_pd:2")
    )

    assert read["source_weight"] == TABLE.weights["source"]["same agency"]
    assert (
        add_evidence(read, left, right)["evidence"]
        == add_evidence(decide(left, right, score(left, right)), left, right)["evidence"]
    )


def test_the_largest_record_is_within_its_bound() -> None:
    """200 members that fill their bytes, every pair of them decided, each with all the history that is kept."""
    lines = [history_line(number) for number in range(1, 2 * MOST_LINES + 1)]
    reports = [
        {
            **member(f"{'abcde'[n % 5]}_pd:{n:03}"),
            "history": lines,
            "enriched": b"x" * (MOST_BYTES // MOST_MEMBERS - 15_000),
        }
        for n in range(MOST_MEMBERS)
    ]
    reports.sort(key=lambda one: str(one["report_id"]))
    names = [str(one["report_id"]) for one in reports]
    value = incident_record.write(incident(reports, [decision(*pair) for pair in combinations(names, 2)]))

    assert len(value) < LARGEST_RECORD < min(codec.MAX_RECORD_BYTES, INCIDENTS.max_message_bytes)
    assert len(incident_record.trusted(value)["decisions"]) == 19_900


@pytest.mark.parametrize("letter", ["x", "\x01"], ids=["plain", "escaped in JSON"])
def test_large_reports_of_one_incident_make_no_record_that_cannot_be_read(letter: str) -> None:
    """45 linked reports of 250 kB once made a record of 23 MB, and the home was lost."""
    person = {
        **REPORT["persons"][0],
        "name": "",
        "given": "",
        "paternal": "",
        "maternal": "",
        "description": letter * 1_200,
    }
    about: dict[str, Any] = {"occurred_from": NOW - HOUR_MS, "persons": [person] * 200, "vehicles": []}
    reports = [report(("a_pd", "b_so", "c_mx")[n % 3], f"{n:02}", **about) for n in range(45)]
    runner = resolved([come(*reports[at : at + 15], first=at) for at in range(0, 45, 15)])
    newest = runner.newest(INCIDENTS.name).values()

    assert max(len(output.value) for output in runner.topics[INCIDENTS.name]) < LARGEST_RECORD
    assert max(len(incident_record.trusted(value)["members"]) for value in newest) > 2
    assert len(members(runner)) == 45, "what is set aside is an incident of its own"
    assert runner.rebuilt() == runner.state.values


def history_of(order: list[int]) -> list[int]:
    made = cast(Member, member("a_pd:1"))
    standing = cast(Member, {**made, "history": []})
    for version in order:
        standing = with_history(standing, cast(Member, {**made, "history": [history_line(version)]}))
    return [line["version"] for line in standing["history"]]


@pytest.mark.parametrize("order", [range(1, 401), range(400, 0, -1), [*range(200, 401), *range(1, 200)]])
def test_of_a_long_history_the_first_and_the_last_lines_are_kept_whatever_came_first(order: Any) -> None:
    assert history_of(list(order)) == [*range(1, MOST_LINES + 1), *range(401 - MOST_LINES, 401)]
