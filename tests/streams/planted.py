"""Faults to plant: what once was wrong here, or would be easy to get wrong, so that each leaves a trace."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from itertools import combinations
from typing import Any

import pytest

from schemas.records.incident import WHOLE_FORMS, PairDecision
from schemas.records.report import Enrichment, RedactedForm
from streams import intake, resolve
from streams.dedupe import block_index
from streams.dedupe.clustering import clusters
from streams.dedupe.link_graph import Graph
from streams.dedupe.profile import Profile
from streams.sharing import forms as redaction
from streams.sharing import visible_reports
from streams.sharing.view_builder import ViewBuilder
from streams.sharing.view_state import ViewRecord
from streams.sharing.visible import Report

Patch = pytest.MonkeyPatch


def every_pair_of_a_component(patch: Patch) -> None:
    """Resolve decides on pairs that only a third report brings together."""

    def decisions(graph: Graph, names: Set[str]) -> list[PairDecision]:
        return [graph.decision(*pair) for pair in combinations(sorted(names), 2)]

    patch.setattr(resolve, "decisions", decisions)


def versions_of_hidden_changes(patch: Patch) -> None:
    """A view's version rises when its reports are in another incident."""
    build = ViewBuilder.build

    def leaking(self: ViewBuilder, *given: Any) -> tuple[list[ViewRecord], list[ViewRecord]]:
        records, redirects = build(self, *given)
        return [one._replace(digest=one.digest + one.incident_id) for one in records], redirects

    patch.setattr(ViewBuilder, "build", leaking)


def one_bound_for_all_agencies(patch: Patch) -> None:
    """The first reports of a block are found there, whosever they are."""

    def first(forms: Iterable[Profile], most: int) -> frozenset[str]:
        return frozenset(one.name for one in sorted(forms, key=lambda one: one.name)[:most])

    patch.setattr(block_index, "_first", first)


def the_weakest_of_all_set_aside(patch: Patch) -> None:
    """A component that is too large goes without its weakest linked reports, whosever they are."""

    def weakest(self: Graph, names: Set[str], size: Callable[[str], int]) -> set[str]:
        return set(sorted(names, key=lambda one: (-self._strongest(one), one))[6:])

    patch.setattr(Graph, "_set_aside", weakest)


def clusters_of_internal(patch: Patch) -> None:
    """An audience is shown as one what internal has as one."""

    def of_forms(decisions: Iterable[PairDecision], reports: visible_reports.Members) -> Iterator[PairDecision]:
        whole = [one for one in decisions if one["forms"] == WHOLE_FORMS]
        names = {name for one in whole for name in (one["left"], one["right"])}
        one_of = {name: cut[0] for cut in clusters(names, whole) for name in cut}
        for left, right in combinations(sorted(reports.keys() & names), 2):
            if one_of[left] == one_of[right]:
                yield {**whole[0], "left": left, "right": right, "verdict": "SAME", "levels": b""}

    patch.setattr(visible_reports, "of_forms", of_forms)


def decisions_of_whole_reports(patch: Patch) -> None:
    """A redacted report is linked by all that its owner knows."""

    def of_forms(decisions: Iterable[PairDecision], reports: visible_reports.Members) -> Iterator[PairDecision]:
        return (
            one for one in decisions if one["forms"] == WHOLE_FORMS and {one["left"], one["right"]} <= reports.keys()
        )

    patch.setattr(visible_reports, "of_forms", of_forms)


def search_text_of_the_whole(patch: Patch) -> None:
    """A redacted report is found by words that are withheld."""
    make = redaction.forms

    def forms(report: Any, whole: Enrichment, text: str, *how: Any) -> list[RedactedForm]:
        return [{**one, "search_text": text} for one in make(report, whole, text, *how)]

    patch.setattr(intake, "forms", forms)


def enriched_from_the_whole(patch: Patch) -> None:
    """A redacted report tells what was read from withheld fields: what moved, which way."""

    def forms(
        report: Any, whole: Enrichment, text: str, withheld: Iterable[frozenset[str]], *how: Any
    ) -> list[RedactedForm]:
        return redaction.forms(report, whole, text, withheld, lambda _: {**whole}, how[-1])

    patch.setattr(intake, "forms", forms)


def distances_of_the_point(patch: Patch) -> None:
    """The area of a withheld point keeps its distances to a port and to the line."""
    for module in (redaction, visible_reports):
        patch.setattr(module, "area_of", lambda place: place)


def point_in_the_form(patch: Patch) -> None:
    """A redacted report is compared by the point that is withheld."""
    left = tuple(name for name in redaction.FIELDS["place"] if name not in ("location.lat", "location.lon"))
    patch.setattr(redaction, "FIELDS", {**redaction.FIELDS, "place": left})


def history_not_judged(patch: Patch) -> None:
    """Who sees a report sees the history of all its versions."""

    def history(report: Report, _: object) -> Report:
        return report

    patch.setattr(visible_reports, "_history", history)


Fault = Callable[[Patch], None]
OF_REPORTS: Sequence[Fault] = (
    every_pair_of_a_component,
    versions_of_hidden_changes,
    one_bound_for_all_agencies,
    the_weakest_of_all_set_aside,
    clusters_of_internal,
)
OF_FIELDS: Sequence[Fault] = (
    decisions_of_whole_reports,
    search_text_of_the_whole,
    enriched_from_the_whole,
    distances_of_the_point,
    point_in_the_form,
    history_not_judged,
)
