"""Records that nobody should send, made from a seed: any frame, header, key and field, mixed with sound reports."""

import json
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from schemas.records import codec
from tests.schemas.samples import REPORT

NOW = 1_300_000_000_000
"""A time of 2011, when no other test lets anything occur, UTC milliseconds."""
AGENCIES = ("a_pd", "b_so", "c_mx")
UNKNOWN = "z_nobody"
_NEWEST = codec.newest("incident_report")
_SCHEMA = json.loads(_NEWEST.text)
_IDS = (0, 1, 2, 9, 21, 255, 2**15, 2**31 - 1, 2**31, 2**32 - 1)
_TEXT = (
    "",
    " ",
    "\x00",
    "\x00\x07\x1b[2J",
    "\u202e/&@\u200b\u00ad",
    "\uffff\ufffe",
    "🚓" * 60,
    "ﷺ" * 300,
    "x" * 129,
    "(" * 3_000,
    "A-" * 2_000,
    "9" * 4_000,
    "${jndi:ldap://127.0.0.1}",
    "=HYPERLINK()",
    "<script>",
    "'; DROP",
    "..",
    "*" * 500,
    "Ñandú Peña",
    "500 BLK IMPERIAL AVE / SR-111 KM 12+500",
    "DUPLICATE",
    "i" * 26,
    "PLATE 4ABC123 AND ABC-12-34",
    "é" * 40,
)
_NUMBERS: dict[str, tuple[Any, ...]] = {
    "int": (-(2**31), -1, 0, 1, 60, 86_400, 2**31 - 1),
    "long": (-(2**63), -1, 0, 1, NOW, NOW * 1_000, 2**53, 2**63 - 1),
    "double": (float("nan"), float("inf"), float("-inf"), -0.0, 0.0, 5e-324, 1.7e308, 90.0, -180.0, 1e-9, 32.67),
    "boolean": (True, False),
    "null": (None,),
}


class Hostile(NamedTuple):
    """A record to be sent: `good` names the report that it is, where it is a sound one."""

    agency: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[bytes, bytes | None], ...] = ()
    good: str = ""


class Maker:
    """Makes records of agencies whose names begin with `prefix`; the same seed makes the same ones."""

    def __init__(self, seed: int, prefix: str = "") -> None:
        self._seeded, self._number = random.Random(seed), 0
        self.agencies = tuple(f"{prefix}{name}" for name in AGENCIES)
        self.unknown = f"{prefix}{UNKNOWN}"

    def some(self, count: int) -> Iterator[Hostile]:
        """Yield `count` records, about one in four of them a sound report."""
        kinds = (self._good, self._frame, self._mutant, self._at_bounds, self._at_bounds, self._repeated, self._foreign)
        for _ in range(count):
            self._number += 1
            yield self._seeded.choice(kinds)() if self._seeded.random() > 0.15 else self._good()

    def _report(self, agency: str, **changes: Any) -> dict[str, Any]:
        about = {"agency": {**REPORT["agency"], "agency_id": agency}, "local_incident_id": f"{self._number}"}
        when = NOW - self._seeded.randrange(40 * 86_400_000)
        return {**REPORT, **about, "sequence": 1, "occurred_from": when, "updated_at": when + 60_000, **changes}

    def _good(self) -> Hostile:
        agency = self._seeded.choice(self.agencies)
        made = self._report(agency)
        name = f"{agency}:{made['local_incident_id']}"
        return Hostile(agency, made["local_incident_id"].encode(), codec.encode("incident_report", made), good=name)

    def _bytes(self, most: int) -> bytes:
        return self._seeded.randbytes(self._seeded.randrange(most))

    def _sent(self, value: bytes | None) -> Hostile:
        """Send a value under any key, with any headers, on the topic of any agency."""
        agency = self._seeded.choice((*self.agencies, *self.agencies, self.unknown))
        key = self._seeded.choice((None, b"", b"k", self._bytes(40), b"\xff" * 600))
        names = (b"traceparent", b"", b"\xff\xfe", b"\xed\xa0\x80", b"h" * 300, self._bytes(9))
        many = self._seeded.choice((0, 0, 0, 1, 3))
        headers = tuple(
            (self._seeded.choice(names), self._seeded.choice((None, b"", self._bytes(30)))) for _ in range(many)
        )
        return Hostile(agency, key, value, headers)

    def _frame(self) -> Hostile:
        body = self._seeded.choice((b"", b"\x00", self._bytes(300), b"\x00" * self._seeded.choice((9, 300_000))))
        frame = b"\x00" + self._seeded.choice(_IDS).to_bytes(4, "big")
        return self._sent(self._seeded.choice((None, b"", b"\x00", frame, frame + body, body, b"\x01" + body)))

    def _mutant(self) -> Hostile:
        value = bytearray(codec.encode("incident_report", self._report(self._seeded.choice(self.agencies))))
        for _ in range(self._seeded.choice((1, 1, 2, 8))):
            value[self._seeded.randrange(len(value))] = self._seeded.randrange(256)
        match self._seeded.randrange(4):
            case 0:
                del value[self._seeded.randrange(len(value)) :]
            case 1:
                value += self._bytes(60)
            case _:
                pass
        return self._sent(bytes(value))

    def _at_bounds(self) -> Hostile:
        """A report of which some fields are at their bounds, whatever these are."""
        agency = self._seeded.choice(self.agencies)
        made = self._report(agency)
        for field in self._seeded.sample(_SCHEMA["fields"], self._seeded.choice((1, 2, 5, 40))):
            if field["name"] not in ("agency", "local_incident_id") or self._seeded.random() < 0.1:
                made[field["name"]] = self._any(field["type"], 3)
        return self._sent(codec.encode("incident_report", made))._replace(agency=agency)

    def _any(self, kind: Any, depth: int) -> Any:
        """Any value of a type: what is at its bounds sooner than anything else."""
        if isinstance(kind, list):
            return self._any(self._seeded.choice(kind), depth)
        if isinstance(kind, str):
            return self._seeded.choice(_TEXT if kind == "string" else _NUMBERS[kind])
        match kind["type"]:
            case "record":
                return {field["name"]: self._any(field["type"], depth - 1) for field in kind["fields"]}
            case "array":
                return [self._any(kind["items"], depth - 1) for _ in range(self._many(depth))]
            case "enum":
                return self._seeded.choice(kind["symbols"])
            case other:
                return self._any(other, depth)

    def _many(self, depth: int) -> int:
        return self._seeded.choice(
            (0, 0, 1, 2, 3) if depth < 2 or self._seeded.random() > 0.02 else (50, 199, 200, 201)
        )

    def _repeated(self) -> Hostile:
        """A report that came before, in other versions and with other contents."""
        agency = self._seeded.choice(self.agencies)
        name = str(self._seeded.randrange(1, self._number + 1))
        version = self._seeded.choice((1, 1, 2, 3, 2**63 - 1, 0, -1))
        status = self._seeded.choice(("ACTIVE", "CANCELLED", "UNFOUNDED", "CLOSED"))
        made = self._report(agency, local_incident_id=f"r{name}", sequence=version, status=status)
        return self._sent(codec.encode("incident_report", made))._replace(agency=agency)

    def _foreign(self) -> Hostile:
        """A sound report on the topic of another agency, or one that speaks of another's."""
        one, other = self._seeded.sample((*self.agencies, self.unknown), 2)
        return self._sent(codec.encode("incident_report", self._report(one)))._replace(agency=other)
