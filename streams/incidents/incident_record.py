"""The record of `incidents`, encoded and decoded: decisions without evidence, their reports by place in the members.

A record is bounded: its members are at most 200 and 6 MiB (`dedupe.link_graph`), a decision takes some 30 bytes, and of
a report's history the first and the last lines are kept. Records of earlier releases include the
evidence and can be read.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from schemas.errors import Configuration, Rejected
from schemas.records import codec
from schemas.records.incident import WHOLE_FORMS, Incident, PairDecision
from schemas.records.order import MODEL
from streams.dedupe.clustering import SOURCE
from streams.dedupe.compare import COMPARISONS
from streams.dedupe.weights import TABLE

_SOURCE_AT = list(COMPARISONS).index(SOURCE)
_SAME_AGENCY = "same agency"
FORMS = 8
"""More than a report has."""


def write(incident: Incident) -> bytes:
    """Return the framed record of an incident. Raises: ValueError naming a field that does not fit."""
    place = {member["report_id"]: at for at, member in enumerate(incident["members"])}
    first = incident["decisions"][0] if incident["decisions"] else None
    pairs = [
        {
            "left": place[pair["left"]],
            "right": place[pair["right"]],
            "forms": pair["forms"][0] * FORMS + pair["forms"][1],
            "verdict": pair["verdict"],
            "weight": pair["weight"],
            "levels": pair["levels"],
            "decided_by": "" if pair["decided_by"] == MODEL else pair["decided_by"],
        }
        for pair in incident["decisions"]
    ]
    common = {
        "threshold": first["threshold"] if first else 0.0,
        "tables_version": first["tables_version"] if first else "",
    }
    return codec.encode("incident", {**incident, **common, "decisions": [], "pairs": pairs})


def read(value: bytes | None) -> Incident | Rejected:
    """Return the incident of a framed record, or why it cannot be read."""
    record = codec.decode("incident", value)
    if isinstance(record, Rejected):
        return record
    earlier, pairs = record["decisions"], record.pop("pairs")
    common = {"threshold": record.pop("threshold"), "tables_version": record.pop("tables_version")}
    names = [member["report_id"] for member in record["members"]]
    record["decisions"] = [*map(_of_evidence, earlier)] if earlier else [*_of_pairs(pairs, names, common)]
    return cast(Incident, record)


def trusted(value: bytes) -> Incident:
    """Return the incident of a record that resolve wrote. Raises: Configuration when it cannot be read."""
    incident = read(value)
    if isinstance(incident, Rejected):
        raise Configuration(f"incident: {incident.detail}")
    return incident


def _of_pairs(
    pairs: Sequence[Mapping[str, Any]], names: Sequence[str], common: Mapping[str, Any]
) -> Iterator[PairDecision]:
    for pair in pairs:
        left, right = names[pair["left"]], names[pair["right"]]
        decision = {
            "left": left,
            "right": right,
            "forms": divmod(pair["forms"], FORMS),
            "verdict": pair["verdict"],
            "weight": pair["weight"],
            "source_weight": _source_weight(left, right, pair["levels"], common["tables_version"]),
            "levels": pair["levels"],
            "decided_by": pair["decided_by"] or MODEL,
            **common,
        }
        yield cast(PairDecision, decision)


def _source_weight(left: str, right: str, levels: bytes, version: str) -> float:
    """Return the bits that are due to both reports being of one agency; for another table, those of the current one."""
    if left.partition(":")[0] != right.partition(":")[0]:
        return 0.0
    level = TABLE.unpacked(levels)[_SOURCE_AT] if version == TABLE.version else _SAME_AGENCY
    return TABLE.weight(SOURCE, level)


def _of_evidence(decision: Mapping[str, Any]) -> PairDecision:
    """Read a decision of an earlier release, which has the levels in its evidence."""
    rows = {row["name"]: row for row in decision["evidence"]}
    levels = [rows[name]["level"] if name in rows else "" for name in COMPARISONS]
    kept = {name: value for name, value in decision.items() if name != "evidence"}
    source_weight = rows[SOURCE]["weight"] if SOURCE in rows else 0.0
    derived = {"forms": WHOLE_FORMS, "source_weight": source_weight, "levels": TABLE.packed(levels)}
    return cast(PairDecision, {**kept, **derived})
