"""A partnership of a file, for the tests of orders: two agencies, an agreement, an incident of both."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.patience import patience
from tests.systemtest.pipeline import Pipeline
from tests.systemtest.scene import Scene

PURPOSE = ("--purpose", "criminal_investigation")
BY = ("--by", "records-clerk", "--why", "a test")
AGREEMENT = """
agreement_id = "PREFIX"
title = "A partnership that no package brought"
version = NUMBER
signed = 2020-01-01T00:00:00Z
begins = 2020-01-01T00:00:00Z
ends = 2099-01-01T00:00:00Z
extendable = true
source = "invented"
geography = "anywhere"
notices = ["joined"]

[[party]]
agency_id = "PREFIX_a"
role = "police"
clause = "1"

[[party]]
agency_id = "PREFIX_b"
role = "police"
clause = "1"

[[audience]]
name = "PREFIX-team"
country = "USA"
readers = ["PREFIX_a", "PREFIX_b"]
purposes = ["criminal_investigation"]
foreign = "agreed"
clause = "2"

[[audience]]
name = "PREFIX-vetted"
country = "USA"
readers = ["PREFIX_a", "PREFIX_b"]
purposes = ["criminal_investigation"]
foreign = "agreed"
vetting = "checked"
clause = "2"

[[rule]]
rule_id = "3"
clause = "3"
text = "Everything is shared."
effect = "release"
outcome = "FULL"

[[lookup]]
service = "background"
centre = "PREFIX_centre"
askers = ["PREFIX_a"]
purposes = ["criminal_investigation"]
families = ["ASSAULT"]
hours = 1
clause = "4"
"""
PERSONS = [{"name": "EJEMPLO, UNO", "roles": ["SUSPECT"]}, {"name": "EJEMPLO, DOS", "roles": ["VICTIM"]}]
LATER = "2099-01-01T00:00:00+00:00"


class Partnership:
    """An agreement of two agencies, in force, with an incident of both and one of the first; of one test alone."""

    def __init__(self, pipeline: Pipeline, prefix: str, folder: Path) -> None:
        self.pipeline, self.agreement, self.scene, self._folder = pipeline, prefix, Scene(prefix), folder
        self.team, self.vetted = f"{prefix}-team", f"{prefix}-vetted"
        self.a, self.b = f"{prefix}_a", f"{prefix}_b"
        for agency in (self.a, self.b):
            pipeline.cli("agency", "add", agency, "--country", "USA", "--kind", "municipal", "--handling", "*=GREEN")
        report = self.scene.report
        pipeline.publish([report("a:1", 0), report("b:1", 0), report("a:2", 5, persons=PERSONS)])

    def apply(self, version: int = 1) -> None:
        """Put a version of the agreement in force, and let the views follow."""
        path = self._folder / f"{self.agreement}.toml"
        path.write_text(AGREEMENT.replace("PREFIX", self.agreement).replace("NUMBER", str(version)))
        self.pipeline.cli("agreement", "apply", str(path), *BY)
        self.pipeline.work_off()

    def end(self) -> None:
        self.pipeline.cli("agreement", "end", self.agreement, *BY)

    def vet(self) -> None:
        """Vet the readers for long, and let the views follow."""
        self.pipeline.cli("vetting", "add", self.vetted, "checked", "--until", LATER, *BY)
        self.pipeline.work_off()

    def vet_for_a_moment(self) -> float:
        """Let the vetting end as soon as this machine can order it; gives when."""
        ahead = 2.0
        while True:
            ends = time.time() + ahead
            until_then = datetime.fromtimestamp(ends, UTC).isoformat()
            # 2: it was over before the command looked
            if self.pipeline.tried("vetting", "add", self.vetted, "checked", "--until", until_then, *BY) != 2:
                return ends
            ahead *= 2

    def revoke(self) -> None:
        self.pipeline.cli("vetting", "revoke", self.vetted, "checked", *BY)

    def hits(self, audience: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.pipeline.told("search", "--as", audience, *PURPOSE)["hits"]
        return found

    def reports(self, audience: str) -> list[list[str]]:
        """The reports of each incident that an audience finds, without the prefix."""
        found = [hit["report_ids"] for hit in self.hits(audience)]
        return sorted([name.removeprefix(f"{self.agreement}_") for name in one] for one in found)

    def copies(self, audience: str) -> int:
        """The documents with data that the index of an audience holds, whoever may read them."""
        query = {"query": {"exists": {"field": "report_ids"}}}
        url = self.pipeline.services.elasticsearch
        with httpx.Client(base_url=url, timeout=patience(10), trust_env=False) as client:
            client.post(f"/incidents-{audience}-g1/_refresh")
            return int(client.post(f"/incidents-{audience}-g1/_count", json=query).json().get("count", 0))

    def alias(self, audience: str) -> bool:
        url = f"{self.pipeline.services.elasticsearch}/_alias/incidents-{audience}"
        return httpx.head(url, timeout=patience(10), trust_env=False).is_success
