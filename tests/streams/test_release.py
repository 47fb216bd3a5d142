"""Each audience gets what is released to it, under names that tell it nothing."""

from collections.abc import Sequence
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import wire
from schemas.identity import INTERNAL
from schemas.search_document import FIELDS
from schemas.topics import INCIDENTS, RELEASED_INCIDENTS
from streams import intake, release
from streams.resolve import member_of
from streams.stage import Record
from tests.streams.fakes import NOW, MemoryState, Runner, agencies, published, report

MASTER = b"m" * 32
INTAKE = intake.stage(agencies, 1)


def member(made: dict[str, Any], offset: int = 0) -> Any:
    (output,) = INTAKE.process([published(made, offset)], MemoryState(), NOW).outputs
    return member_of(wire.trusted("enriched_report", output.value), output.value)


def incident(*reports: dict[str, Any], name: str = "i1", state: str = "ACTIVE") -> Record:
    """An incident of these reports, as resolve would write it once it joins."""
    made = {
        "incident_id": name,
        "domain": 0,
        "generation": 1,
        "revision": 1,
        "state": state,
        "into": None,
        "members": sorted((member(one) for one in reports), key=lambda m: str(m["report_id"])),
        "decisions": [],
    }
    return Record(INCIDENTS.name, 0, 0, NOW, name.encode(), wire.encode("incident", made))


def views(runner: Runner) -> dict[str, dict[str, Any]]:
    newest = runner.newest(RELEASED_INCIDENTS.name)
    return {key.decode(): wire.trusted("released_incident", value) for key, value in newest.items()}


def by_audience(runner: Runner) -> dict[str, dict[str, Any]]:
    return {view["audience"]: view for view in views(runner).values() if view["state"] == "ACTIVE"}


def released(*batches: Sequence[Record]) -> Runner:
    runner = Runner(release.stage(MASTER, 1))
    for batch in batches:
        runner(batch)
    return runner


def test_internal_sees_all_and_an_agency_its_own_report_and_nothing_of_others() -> None:
    found = by_audience(released([incident(report("a_pd", "1"), report("b_so", "2"))]))
    documents = {audience: orjson.loads(view["document"]) for audience, view in found.items()}

    assert {audience: document["report_ids"] for audience, document in documents.items()} == {
        INTERNAL: ["a_pd:1", "b_so:2"],
        "a_pd": ["a_pd:1"],
        "b_so": ["b_so:2"],
    }
    assert documents["a_pd"]["agencies"] == ["a_pd"]
    assert b"b_so" not in found["a_pd"]["document"]


def test_a_hidden_member_leaves_no_trace_in_a_view() -> None:
    """The bytes and the name of a view are the same with and without the reports that its audience may not see."""
    alone = by_audience(released([incident(report("b_so", "2"))]))["b_so"]
    beside = by_audience(released([incident(report("a_pd", "1"), report("b_so", "2"))]))["b_so"]

    assert (alone["view_id"], alone["document"], alone["revision"]) == (
        beside["view_id"],
        beside["document"],
        beside["revision"],
    )


def test_the_document_holds_the_fields_of_the_contract_and_no_others() -> None:
    document = orjson.loads(by_audience(released([incident(report())]))[INTERNAL]["document"])

    assert set(document) <= set(FIELDS)
    assert document["text"].startswith("10-10r rocks thrown 200 blk imperial ave windshield")
    assert document["location"] == {"lat": 32.674, "lon": -115.499}


def test_a_cancelled_report_stays_but_gives_no_values_and_no_counts() -> None:
    both = [report("a_pd", "1"), report("a_pd", "2", status="CANCELLED", classification={"internal_text": "HOAX"})]
    document = orjson.loads(by_audience(released([incident(*both)]))[INTERNAL]["document"])

    assert (document["report_count"], document["report_ids"]) == (1, ["a_pd:1", "a_pd:2"])
    assert "hoax" not in document["text"]
    assert "hoax" not in document["offense_text"]


def test_an_incident_of_cancelled_reports_shows_no_values() -> None:
    runner = released([incident(report(status="CANCELLED"), state="CANCELLED")])
    (view,) = (view for view in views(runner).values() if view["audience"] == INTERNAL)
    document = orjson.loads(view["document"])

    assert (document["state"], document["report_count"]) == ("CANCELLED", 0)
    assert not {"text", "location", "occurred_at", "agencies", "offense_text"} & set(document)


def test_a_version_rises_only_when_the_views_own_bytes_change() -> None:
    one = [incident(report("a_pd", "1"), report("b_so", "2"))]
    runner = released(one, one)
    assert {view["revision"] for view in views(runner).values()} == {1}

    runner([incident(report("a_pd", "1"), report("b_so", "2", version=2))])

    assert {audience: view["revision"] for audience, view in by_audience(runner).items()} == {
        INTERNAL: 2,
        "a_pd": 1,
        "b_so": 2,
    }


def test_a_view_that_ends_is_a_stub_and_comes_back_newer() -> None:
    both = incident(report("a_pd", "1"), report("b_so", "2"))
    without = incident(report("a_pd", "1"))
    runner = released([both])
    name = by_audience(runner)["b_so"]["view_id"]
    runner([without])
    stub = views(runner)[f"b_so/{name}"]
    assert (stub["state"], stub["revision"], orjson.loads(stub["document"])) == ("WITHDRAWN", 2, {"state": "WITHDRAWN"})

    runner([both])

    assert (by_audience(runner)["b_so"]["view_id"], by_audience(runner)["b_so"]["revision"]) == (name, 3)


def test_views_move_with_their_reports_between_incidents_in_either_order() -> None:
    """A view is the audience's: when its report moves to another incident, no late stub may hide it."""
    before = [incident(report("a_pd", "1"), report("b_so", "2"), name="i1")]
    left, joined = incident(report("a_pd", "1"), name="i1"), incident(report("b_so", "2"), name="i2")
    for order in ((left, joined), (joined, left)):
        for batches in ([list(order)], [[one] for one in order]):
            runner = released(before, *batches)

            assert by_audience(runner)["b_so"]["incident_id"] == "i2"


MEMBERS = st.lists(
    st.builds(
        report, agency=st.sampled_from(["a_pd", "b_so"]), number=st.sampled_from("12"), version=st.integers(1, 3)
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda r: (r["agency"]["agency_id"], r["local_incident_id"]),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(MEMBERS, min_size=1, max_size=5))
def test_the_state_read_back_from_its_topic_is_the_state(history: list[list[dict[str, Any]]]) -> None:
    runner = released(*([incident(*members)] for members in history))

    assert runner.rebuilt() == runner.state.values


@settings(max_examples=100, deadline=None)
@given(st.lists(MEMBERS, min_size=1, max_size=5))
def test_what_is_visible_depends_on_the_last_state_alone(history: list[list[dict[str, Any]]]) -> None:
    def visible(runner: Runner) -> dict[str, tuple[str, bytes]]:
        return {audience: (view["view_id"], view["document"]) for audience, view in by_audience(runner).items()}

    assert visible(released(*([incident(*members)] for members in history))) == visible(
        released([incident(*history[-1])])
    )
