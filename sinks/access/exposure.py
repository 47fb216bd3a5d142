"""What was visible to whom, from when until when, by the exposure records of views and the orders; pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from schemas.agreements import Agreement
from schemas.records.audit import ExposedReport, Exposure


class Visible(NamedTuple):
    """A report was visible to an audience from `since` until `until`, UTC milliseconds; None: it still is."""

    audience: str
    report_id: str
    version: int
    outcome: str
    withheld: tuple[str, ...]
    rules: tuple[str, ...]
    since: int
    until: int | None


def _content(report: ExposedReport) -> tuple[int, str, tuple[str, ...], tuple[str, ...]]:
    return report["version"], report["outcome"], tuple(report["withheld"]), tuple(report["rules"])


def visible_spans(exposures: Iterable[Exposure]) -> Iterator[Visible]:
    """Yield what was visible of each report to each audience, one row for each change.

    A report may move between views of an audience: what counts is that it is in one of them. Records are taken in the
    order of their times; a repeated one counts once.
    """
    written: dict[tuple[str, str], tuple[int, int]] = {}
    contents: dict[tuple[str, str], set[str]] = {}
    reports: dict[tuple[str, str], dict[str, ExposedReport]] = {}
    begun: dict[tuple[str, str], tuple[ExposedReport, int]] = {}
    for at, changed in _moments(exposures):
        touched: set[tuple[str, str]] = set()
        for exposure in changed:
            audience, view = exposure["audience"], (exposure["audience"], exposure["view_id"])
            if written.get(view, (0, 0)) >= (exposure["generation"], exposure["revision"]):
                continue
            written[view] = exposure["generation"], exposure["revision"]
            for name in contents.get(view, ()):
                del reports[audience, name][exposure["view_id"]]
                touched.add((audience, name))
            contents[view] = {report["report_id"] for report in exposure["reports"]}
            for report in exposure["reports"]:
                reports.setdefault((audience, report["report_id"]), {})[exposure["view_id"]] = report
                touched.add((audience, report["report_id"]))
        yield from _changes(touched, reports, begun, at)
    for (audience, name), (report, since) in sorted(begun.items(), key=lambda item: item[0]):
        yield Visible(audience, name, *_content(report), since, None)


def _changes(
    touched: set[tuple[str, str]],
    reports: Mapping[tuple[str, str], Mapping[str, ExposedReport]],
    begun: dict[tuple[str, str], tuple[ExposedReport, int]],
    at: int,
) -> Iterator[Visible]:
    """Yield what ended at a moment, and record in `begun` what began."""
    for key in sorted(touched):
        now = max(reports[key].values(), key=_content, default=None)
        before = begun.get(key)
        if before is not None and (now is None or _content(before[0]) != _content(now)):
            yield Visible(key[0], key[1], *_content(before[0]), before[1], at)
            del begun[key]
        if now is not None and key not in begun:
            begun[key] = (now, at)


def _moments(exposures: Iterable[Exposure]) -> Iterator[tuple[int, list[Exposure]]]:
    """Yield the records of each moment together, so that what moves between views is never in both or in none."""
    by_time: dict[int, list[Exposure]] = {}
    for exposure in exposures:
        by_time.setdefault(exposure["at"], []).append(exposure)
    for at in sorted(by_time):
        yield at, by_time[at]


def visible_within(
    times: Iterable[Visible], agreements: Mapping[str, Agreement], since: int | None, until: int | None
) -> list[Visible]:
    """Return what was visible at any time from `since` to before `until`, UTC milliseconds, oldest first.

    Nothing is visible after the end of its agreement: readers are denied before the copies are gone.
    """
    ends = {who.name: agreement.ends for agreement in agreements.values() for who in agreement.audiences}
    kept = []
    for visible in times:
        last = min(visible.until if visible.until is not None else _NEVER, ends.get(visible.audience, _NEVER))
        if visible.since < last and (until is None or visible.since < until) and (since is None or last > since):
            kept.append(visible._replace(until=None if last == _NEVER else last))
    return sorted(kept, key=lambda visible: (visible.since, visible.audience, visible.report_id))


_NEVER = 2**62


def selection(name: str, agreements: Mapping[str, Agreement]) -> Callable[[Visible], bool]:
    """Return what to include: all that an agreement's audiences saw, or all that anybody saw of an agency's reports."""
    if name in agreements:
        audiences = {who.name for who in agreements[name].audiences}
        return lambda visible: visible.audience in audiences
    return lambda visible: visible.report_id.startswith(f"{name}:")
