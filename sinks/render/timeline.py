"""Draw the history of an incident in text: a lane for each report, the newest version last; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.runtime.text_layout import align_columns
from sinks.render.format import Document, clean, moment

MAX_LANES = 20
"""Beyond this, each line names its report instead of drawing all lanes."""
OCCURRED, VERSION, CANCELLED, LANE, NOTHING = "○", "●", "✕", "│", " "
MARKS = {"CANCEL": CANCELLED}
LEGEND = f"{VERSION} a version, when it was emitted   {CANCELLED} its cancellation   {OCCURRED} when it occurred"


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the report in lane `lane`; `at` and `published_at` in UTC milliseconds, 0 where unknown."""

    at: int
    lane: int
    version: int
    mark: str
    text: str
    published_at: int = 0


def _versions(report: Document, history: Mapping[str, Sequence[Document]]) -> Sequence[Document]:
    """Return the versions of a report; a document from before there was a history has only the newest one."""
    code = report.get("offense", {}).get("code", "")
    return history.get(report["report_id"]) or [{**report, "offense_code": code}]


def _occurred(lane: int, report: Document) -> Iterator[Event]:
    if report.get("occurred_at") is not None:
        width = f" within {report['occurred_precision_s']} s" if report.get("occurred_precision_s") else ""
        yield Event(report["occurred_at"], lane, 0, OCCURRED, f"occurred{width}")


def _version_event(lane: int, version: Document) -> Event:
    stated = (version.get("action"), version.get("status"), version.get("offense_code"))
    parts = (f"version {version['version']}", *(stated if "action" in version else ("withheld",)))
    text = "  ".join(clean(part) for part in parts if part)
    mark = MARKS.get(version.get("action", ""), VERSION)
    emitted, published = version.get("updated_at") or 0, version.get("published_at") or 0
    return Event(emitted, lane, version["version"], mark, text, published)


def events(reports: Sequence[Document], history: Mapping[str, Sequence[Document]]) -> list[Event]:
    """Return when each report states that it occurred, and all its versions, in order of time."""
    timeline: list[Event] = []
    for lane, report in enumerate(reports):
        timeline += _occurred(lane, report)
        timeline += [_version_event(lane, version) for version in _versions(report, history)]
    return sorted(timeline, key=lambda event: (event.at, event.version, event.lane))


def _spans(timeline: Sequence[Event]) -> dict[int, tuple[int, int]]:
    """Return the first and last line of each lane."""
    spans: dict[int, tuple[int, int]] = {}
    for index, event in enumerate(timeline):
        spans[event.lane] = (spans.get(event.lane, (index, 0))[0], index)
    return spans


def _picture(timeline: Sequence[Event]) -> list[str]:
    """Draw the lanes: each runs from the first to the last event of its report."""
    spans = sorted(_spans(timeline).items())
    return [
        " ".join(
            event.mark if lane == event.lane else LANE if first < index < last else NOTHING
            for lane, (first, last) in spans
        )
        for index, event in enumerate(timeline)
    ]


def lines(reports: Sequence[Document], history: Mapping[str, Sequence[Document]], names: Sequence[str]) -> list[str]:
    """Draw the timeline; `names` are the short names of the reports, in their order."""
    timeline = events(reports, history)
    drawn = len(reports) <= MAX_LANES
    lanes = _picture(timeline) if drawn else [f"{event.mark} {names[event.lane]}" for event in timeline]
    rows = [("emitted (UTC)", "published (UTC)", " ".join(names) if drawn else "", "")]
    rows += [
        (moment(event.at or None), moment(event.published_at or None), lane, event.text)
        for event, lane in zip(timeline, lanes, strict=True)
    ]
    return align_columns(rows, "  ")
