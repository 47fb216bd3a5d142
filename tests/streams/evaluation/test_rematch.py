"""Deciding again gives what the stream gives; what was known at a moment knows nothing that came after it."""

from collections import Counter
from typing import Any, Literal

import pytest

from deploy.cli.what_if import lines
from schemas.records import codec
from schemas.records.order import Adjudication
from schemas.topics import INCIDENTS
from streams import intake, resolve
from streams.dedupe.adjudications import Adjudications
from streams.dedupe.clustering import clusters
from streams.dedupe.profile import Profile, profile
from streams.dedupe.weights import TABLE
from streams.evaluation.rematch import ReportVersion, links_as_known, rematch, undecided_pairs
from streams.evaluation.what_if import difference
from streams.incidents import incident_record
from tests.streams.dedupe.profiles_of import NOON
from tests.streams.dedupe.profiles_of import profile as invented
from tests.streams.fakes import MemoryState, Runner, as_records
from tests.streams.feeds import PUBLISHED_AT, agency, published

MINUTE = 60_000
AT = NOON * 1000


@pytest.fixture(scope="module")
def streamed() -> tuple[list[Profile], dict[str, str]]:
    """The reports of a part of the bundled feed as they stand, and the incidents that the stream makes of them."""
    records = published(4_000)
    outputs = intake.stage(agency, 1).process(records, MemoryState(), PUBLISHED_AT).outputs
    runner = Runner(resolve.stage(1))
    runner(as_records(outputs))
    standing: list[Profile] = []
    incidents: dict[str, str] = {}
    for value in runner.newest(INCIDENTS.name).values():
        record = incident_record.trusted(value)
        standing += [profile(codec.decode_trusted("enriched_report", one["enriched"])) for one in record["members"]]
        for cut in clusters((one["report_id"] for one in record["members"]), record["decisions"]):
            incidents |= dict.fromkeys(cut, cut[0])
    return standing, incidents


def test_deciding_again_gives_what_the_stream_gave(streamed: tuple[list[Profile], dict[str, str]]) -> None:
    standing, incidents = streamed
    again = rematch(reversed(standing))

    assert again.incidents == incidents
    assert len(set(incidents.values())) < len(incidents)


def test_the_same_table_changes_nothing_and_a_higher_threshold_loses_links_alone(
    streamed: tuple[list[Profile], dict[str, str]],
) -> None:
    now = rematch(streamed[0])
    higher = difference(now, rematch(streamed[0], None, TABLE.with_threshold(3.0)))

    assert difference(now, rematch(streamed[0])).total().total() == 0
    assert higher.lost
    assert not higher.gained
    assert sum(counts["lost"] for counts in higher.by_agencies.values()) == len(higher.lost)
    assert higher.links[0] - higher.links[1] == len(higher.lost)
    assert {now.incidents[left] for left, _ in higher.lost} <= set(higher.incidents)
    assert f"{len(higher.incidents):,} incidents" in "\n".join(lines(higher, ("a", "b")))


def word(other: str, verdict: Literal["SAME", "NOT_SAME"]) -> Adjudication:
    return {"left": "a_pd:1", "right": other, "verdict": verdict, "by": "p1", "audience": "", "why": "", "at": 0}


def test_a_persons_word_binds_under_every_table() -> None:
    words = Adjudications()
    words.apply(word("b_pd:2", "SAME"))
    words.apply(word("c_pd:3", "NOT_SAME"))
    reports = [invented("a_pd:1"), invented("b_pd:2", lat=40.0), invented("c_pd:3")]

    for table in (TABLE, TABLE.with_threshold(-9.0), TABLE.with_threshold(40.0)):
        found = rematch(reports, words, table).incidents
        assert found["a_pd:1"] == found["b_pd:2"] != found["c_pd:3"]
    assert words.pairs() == {("a_pd:1", "b_pd:2"): "SAME", ("a_pd:1", "c_pd:3"): "NOT_SAME"}


def version(number: int, emitted_at: int, one: Profile) -> ReportVersion:
    return ReportVersion(number, AT + emitted_at * MINUTE, one)


def test_a_pair_is_judged_by_what_both_had_said_so_long_after_the_later_first_spoke() -> None:
    here, elsewhere = invented("a_pd:1"), invented("a_pd:1", lat=40.0)
    other = version(1, 2, invented("b_pd:2"))

    pair = {("a_pd:1", "b_pd:2")}
    assert links_as_known([version(1, 0, here), other], 15 * MINUTE) == pair
    assert links_as_known([version(1, 0, here), version(2, 10, elsewhere), other], 15 * MINUTE) == set()
    assert links_as_known([version(1, 0, here), version(2, 18, elsewhere), other], 15 * MINUTE) == pair
    assert links_as_known([version(1, 0, elsewhere), version(2, 18, here), other], 15 * MINUTE) == set()


def test_an_older_version_that_comes_late_counts_for_nothing() -> None:
    here, elsewhere = invented("a_pd:1"), invented("a_pd:1", lat=40.0)
    told = [version(2, 0, here), version(1, 3, elsewhere), version(1, 2, invented("b_pd:2"))]

    assert links_as_known(told, 15 * MINUTE) == {("a_pd:1", "b_pd:2")}
    assert links_as_known(reversed(told), 15 * MINUTE) == {("a_pd:1", "b_pd:2")}


def test_however_late_the_second_speaks_the_pair_is_judged_then() -> None:
    told = [version(1, 0, invented("a_pd:1")), version(1, 90, invented("b_pd:2"))]

    assert links_as_known(told, 0) == {("a_pd:1", "b_pd:2")}


def test_crashes_along_one_street_at_rush_hour_do_not_become_one_incident() -> None:
    """Each looks like its neighbor, two minutes and 150 m on; the police and the sheriff tell every one of them."""
    crash: dict[str, Any] = {
        "concept": "COLLISION",
        "family": "COLLISION",
        "streets": ("EJEMPLO",),
        "precision": "BLOCK",
    }
    told = [
        invented(f"{agency_id}:{number:02}", start=NOON + 120 * number, lat=32.67 + 150 * number / 111_195, **crash)
        for number in range(20)
        for agency_id in ("a_pd", "b_so")
    ]
    sizes = Counter(Counter(rematch(told).incidents.values()).values())

    assert max(sizes) <= 4
    assert sum(sizes.values()) >= 10


def test_what_waits_for_a_person_is_in_two_incidents_the_most_likely_first(
    streamed: tuple[list[Profile], dict[str, str]],
) -> None:
    standing, incidents = streamed
    found = undecided_pairs(standing, Adjudications())

    assert found
    assert all(one["verdict"] == "UNSURE" and incidents[one["left"]] != incidents[one["right"]] for one in found)
    assert [one["weight"] for one in found] == sorted((one["weight"] for one in found), reverse=True)


def test_a_doubt_waits_until_somebody_decides_or_both_are_one_incident() -> None:
    # 67 m by coordinates known to 15 m, and six minutes: neither near nor far.
    pair = [invented("a_pd:1"), invented("b_pd:2", lat=32.67 + 6e-4, start=NOON + 400)]
    third = invented("c_pd:3", lat=40.0)
    (doubt,) = undecided_pairs([*pair, third], Adjudications())
    assert (doubt["left"], doubt["right"], doubt["decided_by"]) == ("a_pd:1", "b_pd:2", "model")

    decided, together = Adjudications(), Adjudications()
    decided.apply(word("b_pd:2", "NOT_SAME"))
    together.apply(word("c_pd:3", "SAME"))
    together.apply({**word("c_pd:3", "SAME"), "left": "b_pd:2"})
    assert rematch([*pair, third], together).links() >= {("a_pd:1", "b_pd:2")}
    assert undecided_pairs([*pair, third], decided) == undecided_pairs([*pair, third], together) == []
