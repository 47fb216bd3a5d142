"""Evidence is of the decision that is explained, whatever else was explained on the same two reports."""

from collections.abc import Sequence

import orjson
import pytest

from schemas.agreements import BUNDLED
from schemas.records.incident import PairDecision
from streams import release
from streams.dedupe.evidence import Explainer
from streams.release import reports_by_owner
from streams.sharing.visible_reports import SOMEBODY, reports_shared_under
from tests.streams.dedupe.profiles_of import profile
from tests.streams.fakes import Runner
from tests.streams.marked import NOW, REGISTRY, handling, marked
from tests.streams.test_release import MASTER, views
from tests.streams.worlds import decision, record

SAID = decision("a_pd:1", "b_so:1", -9.0, by="analyst1", verdict="NOT_SAME")
SHOWN: PairDecision = {**SAID, "decided_by": SOMEBODY, "levels": b"", "weight": 0.0}


@pytest.mark.parametrize("order", [[SAID, SHOWN], [SHOWN, SAID]], ids=["the whole first", "the whole last"])
def test_two_decisions_on_one_pair_are_explained_each_by_itself(order: Sequence[PairDecision]) -> None:
    explain = Explainer({"a_pd:1": (profile("a_pd:1"),), "b_so:1": (profile("b_so:1"),)})
    told = {one["decided_by"]: one for one in map(explain, order)}

    assert told["analyst1"]["evidence"]
    assert (told[SOMEBODY]["evidence"], told[SOMEBODY]["weight"]) == ([], 0.0)


def test_who_kept_two_reports_apart_and_on_what_evidence_is_for_those_who_see_both_whole() -> None:
    members = [marked("calexico_pd:1"), marked("calexico_pd:2", handling=handling(cui_categories=["JUVENILE"]))]
    said = decision("calexico_pd:1", "calexico_pd:2", -9.0, by="analyst1", verdict="NOT_SAME")
    runner = Runner(release.stage(MASTER, 1, reports_by_owner, reports_shared_under(BUNDLED.values(), REGISTRY)))
    runner([record(members, [said])], now=NOW)

    told = {
        audience: [
            (each["decided_by"], bool(each["evidence"]))
            for view in views(runner).values()
            if view["audience"] == audience
            for each in orjson.loads(view["document"])["decisions"]
        ]
        for audience in ("calexico_pd", "cit-team")
    }
    assert told == {"calexico_pd": [("analyst1", True)] * 2, "cit-team": [(SOMEBODY, False)] * 2}
