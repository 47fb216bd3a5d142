"""The newest verdict of a person on a pair holds, whichever report is asked about."""

from typing import cast

from schemas.records.order import Adjudication
from streams.dedupe.adjudications import Adjudications


def adjudication(left: str, right: str, verdict: str) -> Adjudication:
    return cast(Adjudication, {"left": left, "right": right, "verdict": verdict})


def test_a_pair_is_found_from_both_of_its_reports() -> None:
    adjudications = Adjudications()
    same = adjudication("a:1", "b:2", "SAME")
    adjudications.apply(same)

    assert adjudications.on("a:1", "b:2") is same
    assert adjudications.on("b:2", "a:1") is same
    assert adjudications.on("a:1", "c:3") is None
    assert adjudications.about("b:2") == {"a:1": same}
    assert adjudications.about("c:3") == {}


def test_the_newest_verdict_replaces_the_former_one() -> None:
    adjudications = Adjudications()
    for verdict in ("SAME", "NOT_SAME"):
        adjudications.apply(adjudication("a:1", "b:2", verdict))

    assert adjudications.pairs() == {("a:1", "b:2"): "NOT_SAME"}


def test_a_withdrawn_verdict_counts_as_none_and_others_stay() -> None:
    adjudications = Adjudications()
    for pair, verdict in ((("a:1", "b:2"), "SAME"), (("a:1", "c:3"), "SAME"), (("a:1", "b:2"), "WITHDRAWN")):
        adjudications.apply(adjudication(*pair, verdict))
    adjudications.apply(adjudication("x:1", "y:1", "WITHDRAWN"))

    assert adjudications.pairs() == {("a:1", "c:3"): "SAME"}
    assert adjudications.on("b:2", "a:1") is None


def test_pairs_are_in_byte_order_of_their_reports() -> None:
    adjudications = Adjudications()
    # U+FF61 comes before U+1F693 in UTF-8, and after it in UTF-16.
    adjudications.apply(adjudication("a:\uff61", "a:\U0001f693", "SAME"))

    assert list(adjudications.pairs()) == [("a:\uff61", "a:\U0001f693")]
