"""Incident records without resolve: enriched reports, members, decisions, and worlds that change from step to step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any, cast

import orjson
from hypothesis import strategies as st

from schemas.agreements.criteria import criteria_of
from schemas.identity import incident_id
from schemas.records import codec
from schemas.records.incident import LINKING_VERDICTS, WHOLE_FORMS, Incident, PairDecision
from schemas.records.kafka_record import Record
from schemas.records.report import Place
from schemas.search_document import FIELD_GROUPS
from schemas.topics import INCIDENTS
from streams.dedupe.compare import COMPARISONS
from streams.dedupe.evidence import Explainer
from streams.dedupe.weights import TABLE
from streams.incidents import incident_record
from streams.normalize.match_keys import keys
from streams.sharing import views, visible
from streams.sharing.forms import FIELDS, area_of, redact
from tests.schemas.samples import SAMPLES
from tests.streams.fakes import NOW

THRESHOLD = 8.0
NO_OFFENSE: dict[str, Any] = {"concept": "", "family": "", "nibrs": [], "apco": "", "cnie": "", "mapped_by": ""}
NOWHERE: dict[str, Any] = {
    **dict.fromkeys(("state", "county", "nearest", "port_of_entry", "sector", "corridor", "checkpoint"), ""),
    **{"side": "UNKNOWN", "port_distance_m": None, "border_distance_m": None, "jurisdiction": ""},
}
NO_REPORT = redact(SAMPLES["incident_report"], FIELDS)


def told(report_id: str, version: int = 1, **changes: Any) -> dict[str, Any]:
    """A report's JSON as intake makes it; a change to None leaves the field out."""
    agency, number = report_id.split(":", 1)
    made = {
        "report_id": report_id,
        "agency": agency,
        "source_id": number,
        "version": version,
        "action": "NEW" if version == 1 else "UPDATE",
        "status": "ACTIVE",
        "traffic": "ACTUAL",
        "occurred_at": NOW - 60_000,
        "occurred_precision_s": 60,
        "updated_at": NOW + version,
        "published_at": NOW + version,
        "lat": 32.674,
        "lon": -115.499,
        "precision": "BLOCK",
        "address": "200 BLK IMPERIAL AVE",
        "offense": {
            "system": "ca_pc",
            "code": "10-10R",
            "text": "ROCKS THROWN",
            "concept": "assault_rocks",
            "family": "assault",
            "nibrs": ["13A"],
            "apco": "ASSAULT",
            "cnie": "30909",
            "mapped_by": "code",
        },
        "place": {"side": "US", "state": "US-CA", "county": "Imperial", "nearest": "Calexico", "sector": "ELC"},
        "flow": {"direction": "NORTHBOUND", "commodities": ["drugs"]},
        "language": "en",
        "narratives": [{"lang": "en", "text": "windshield broken by rocks"}],
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


def form(document: Mapping[str, Any], withheld: Iterable[str]) -> dict[str, Any]:
    """A form as intake makes it, of a report's JSON: what is read from the rest, as far as documents show it."""
    left = dict(document)
    for name in (name for group in withheld for name in FIELD_GROUPS[group]):
        left.pop(name, None)
    sample = SAMPLES["enriched_report"]["enrichment"]
    offense_ = {name: left.get("offense", {}).get(name, empty) for name, empty in NO_OFFENSE.items()}
    place = cast(Place, {name: left.get("place", {}).get(name, empty) for name, empty in NOWHERE.items()})
    if "place" in withheld and "place" in left:
        place = area_of(place)
    found = {
        **sample,
        "occurred_from": left.get("occurred_at"),
        "occurred_precision_s": left.get("occurred_precision_s", 60),
        "updated_at": left["updated_at"],
        "lat": left.get("lat"),
        "lon": left.get("lon"),
        "precision": left.get("precision", "UNKNOWN"),
        "language": left.get("language", ""),
        "offense": offense_,
        "place": place,
        "flow": {"direction": "UNKNOWN", "commodities": [], **left.get("flow", {})},
        "match": keys(NO_REPORT, ()),
    }
    return {"withheld": sorted(withheld), "enrichment": found, "search_text": f"rest of {document['report_id']}"}


def member(
    report_id: str,
    version: int = 1,
    cancelled: bool = False,
    text: str = "",
    forms: Iterable[Iterable[str]] = (),
    **changes: Any,
) -> dict[str, Any]:
    """A member of an incident; `changes` are those of its JSON, `forms` the sets of groups withheld from it."""
    document = told(report_id, version, **{"status": "CANCELLED" if cancelled else "ACTIVE"} | changes)
    sample = SAMPLES["enriched_report"]
    enriched = {
        **sample,
        "report_id": report_id,
        "agency_id": document["agency"],
        "version": version,
        "source": {**sample["source"], "timestamp": document["published_at"]},
        "cancelled": cancelled,
        "traffic": document["traffic"],
        "document": orjson.dumps(document),
        "search_text": text or f"word {report_id} {version}",
        "forms": [form(document, withheld) for withheld in forms],
        "judged": criteria_of(document["agency"], document).to_json(),
    }
    return {
        **SAMPLES["incident"]["members"][0],
        "report_id": report_id,
        "agency_id": document["agency"],
        "version": version,
        "cancelled": cancelled,
        "enriched": codec.encode("enriched_report", enriched),
        "history": [history_line(number) for number in range(1, version + 1)],
    }


def history_line(version: int) -> dict[str, Any]:
    """One version of a report that came."""
    return {
        "version": version,
        "action": "NEW" if version == 1 else "UPDATE",
        "status": "ACTIVE",
        "offense_code": "10-10R",
        "updated_at": NOW + version,
        "published_at": NOW + version,
        "judged": "",
    }


def decision(left: str, right: str, margin: float = 4.0, by: str = "model", verdict: str = "") -> PairDecision:
    """A decision on two reports: `margin` bits over the threshold."""
    left, right = sorted((left, right))
    return {
        "left": left,
        "right": right,
        "forms": WHOLE_FORMS,
        "verdict": verdict or ("SAME" if margin >= 0 else "UNSURE"),  # type: ignore[typeddict-item]
        "weight": THRESHOLD + margin,
        "source_weight": 0.0,
        "threshold": THRESHOLD,
        "levels": levels(time="30 s", distance="30 m: 1 x"),
        "decided_by": by,
        "tables_version": TABLE.version,
    }


def levels(**told_by: str) -> bytes:
    """The levels of some comparisons, as a decision keeps them."""
    return TABLE.packed([told_by.get(name, "") for name in COMPARISONS])


def explain(members: Iterable[Mapping[str, Any]]) -> Explainer:
    """What spells decisions on these members out."""
    return Explainer(views.LazyProfiles([visible.read_report(one) for one in members]))


def record(
    members: Sequence[Mapping[str, Any]],
    decisions: Iterable[PairDecision] = (),
    departed: Iterable[str] = (),
    name: str = "",
    state: str = "",
) -> Record:
    """An Incident record, named after its smallest report unless `name` is told; without members a MERGED stub."""
    name = name or incident_id(one["report_id"] for one in members)
    made = {
        "incident_id": name,
        "domain": 0,
        "generation": 1,
        "revision": 1,
        "state": state or ("ACTIVE" if members else "MERGED"),
        "into": None,
        "members": sorted(members, key=lambda one: str(one["report_id"])),
        "decisions": sorted(decisions, key=lambda one: (one["left"], one["right"])),
        "departed": sorted(departed),
    }
    value = incident_record.write(cast(Incident, made))
    return Record(INCIDENTS.name, 0, 0, NOW, name.encode(), value)


@dataclass(frozen=True)
class World:
    """Reports as they stand, report id -> arguments of `member`, and what is decided on any pairs of them."""

    reports: Mapping[str, Mapping[str, Any]]
    decisions: Sequence[PairDecision] = field(default=())

    def components(self) -> dict[str, tuple[frozenset[str], list[PairDecision]]]:
        """Incident id -> the reports that links and words connect, and the decisions among them, links or not."""
        of = {name: {name} for name in self.reports}
        known = [one for one in self.decisions if one["left"] in of and one["right"] in of]
        for one in (one for one in known if one["verdict"] in LINKING_VERDICTS or one["decided_by"] != "model"):
            joined = of[one["left"]] | of[one["right"]]
            of |= dict.fromkeys(joined, joined)
        return {
            incident_id(names): (
                frozenset(names),
                [one for one in known if one["left"] in names and one["right"] in names],
            )
            for names in {min(each): each for each in of.values()}.values()
        }

    def without(self, hidden: Iterable[str]) -> "World":
        """The world in which these reports, and all decisions on them, never were."""
        gone = set(hidden)
        left = {name: told for name, told in self.reports.items() if name not in gone}
        return World(left, [one for one in self.decisions if not {one["left"], one["right"]} & gone])


EMPTY = World({})


def transaction(before: World, after: World) -> list[Record]:
    """The records that resolve writes when the world changes: what changed, whole; stubs of names that ended."""
    old, new = before.components(), after.components()
    records = []
    for name in sorted(old.keys() | new.keys()):
        former, members = old.get(name, (frozenset(), []))[0], new.get(name, (frozenset(), []))[0]
        departed = (former - members) & after.reports.keys()
        same_reports = all(before.reports.get(one) == after.reports[one] for one in members)
        if former != members or not same_reports or old.get(name) != new.get(name):
            standing = [member(one, **after.reports[one]) for one in members]
            state = "" if standing or departed else "PURGED"
            records.append(record(standing, new.get(name, ((), []))[1], departed, name, state))
    return records


REPORTS = ("a_mx:1", "b_pd:1", "b_pd:2", "c_so:1", "c_so:2", "z_mx:1")
"""Of these, `a_mx:1` comes before all others and `z_mx:1` after them."""


@st.composite
def worlds(draw: st.DrawFn, reports: Sequence[str] = REPORTS) -> World:
    """Any of these reports in any version, and any decisions on them."""
    names = draw(st.lists(st.sampled_from(reports), min_size=1, unique=True))
    told = {
        name: {"version": draw(st.integers(1, 3)), "cancelled": draw(st.sampled_from([False] * 4 + [True]))}
        for name in names
    }
    decisions = []
    for left, right in combinations(sorted(names), 2):
        if draw(st.booleans()):
            margin = draw(st.sampled_from([-9.0, -1.0, 0.5, 4.0, 14.0]))
            by, verdict = draw(
                st.sampled_from([("model", "")] * 4 + [("model", "RELATED"), ("p1", "SAME"), ("p1", "NOT_SAME")])
            )
            margin = -9.0 if verdict == "RELATED" else margin
            decisions.append(decision(left, right, margin, by, verdict))
    return World(told, decisions)


def steps(history: Sequence[World]) -> list[list[Record]]:
    """The transactions in which resolve tells how the world changes."""
    return [transaction(before, after) for before, after in pairwise([EMPTY, *history])]


def cut(draw: st.DrawFn, records: Sequence[Record]) -> list[list[Record]]:
    """Cut records into batches, anywhere."""
    places = draw(st.sets(st.integers(1, max(1, len(records) - 1))))
    bounds = [0, *sorted(places), len(records)]
    return [list(records[start:end]) for start, end in pairwise(bounds) if start < end]
