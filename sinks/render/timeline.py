"""The history of an incident as a picture in text: a lane for each report, newest word last; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.runtime.text_layout import align_columns
from sinks.render.format import Document, clean, moment

MOST_LANES = 20
"""Beyond, each line names its report instead of drawing all lanes."""
OCCURRED, WORD, CANCELLED, LANE, NOTHING = "○", "●", "✕", "│", " "
MARKS = {"CANCEL": CANCELLED}
LEGEND = (
    f"{WORD} an agency's word, when it was emitted   {CANCELLED} its withdrawal   {OCCURRED} when it says it happened"
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something in the life of the report in lane `lane`; `at` and `published_at` in UTC milliseconds, 0 unknown."""

    at: int
    lane: int
    version: int
    mark: str
    words: str
    published_at: int = 0


def _versions(report: Document, history: Mapping[str, Sequence[Document]]) -> Sequence[Document]:
    """A document made before there was a history tells the newest version alone."""
    code = report.get("offense", {}).get("code", "")
    return history.get(report["report_id"]) or [{**report, "offense_code": code}]


def _occurred(lane: int, report: Document) -> Iterator[Event]:
    if report.get("occurred_at") is not None:
        width = f" within {report['occurred_precision_s']} s" if report.get("occurred_precision_s") else ""
        yield Event(report["occurred_at"], lane, 0, OCCURRED, f"occurred{width}")


def _word(lane: int, one: Document) -> Event:
    said = (one.get("action"), one.get("status"), one.get("offense_code")) if "action" in one else ("withheld",)
    told = (f"version {one['version']}", *said)
    words = "  ".join(clean(part) for part in told if part)
    mark = MARKS.get(one.get("action", ""), WORD)
    return Event(one.get("updated_at") or 0, lane, one["version"], mark, words, one.get("published_at") or 0)


def events(reports: Sequence[Document], history: Mapping[str, Sequence[Document]]) -> list[Event]:
    """Give when each report says that it happened, and every version that came, in the order of their times."""
    found: list[Event] = []
    for lane, report in enumerate(reports):
        found += _occurred(lane, report)
        found += [_word(lane, one) for one in _versions(report, history)]
    return sorted(found, key=lambda event: (event.at, event.version, event.lane))


def _spans(found: Sequence[Event]) -> dict[int, tuple[int, int]]:
    """Give the first and the last line of each lane."""
    spans: dict[int, tuple[int, int]] = {}
    for index, event in enumerate(found):
        spans[event.lane] = (spans.get(event.lane, (index, 0))[0], index)
    return spans


def _picture(found: Sequence[Event]) -> list[str]:
    """Draw the lanes: each runs from the first to the last word of its report."""
    spans = sorted(_spans(found).items())
    return [
        " ".join(
            event.mark if lane == event.lane else LANE if first < index < last else NOTHING
            for lane, (first, last) in spans
        )
        for index, event in enumerate(found)
    ]


def lines(reports: Sequence[Document], history: Mapping[str, Sequence[Document]], names: Sequence[str]) -> list[str]:
    """Draw the timeline; `names` are the short names of the reports, in their order."""
    found = events(reports, history)
    drawn = len(reports) <= MOST_LANES
    lanes = _picture(found) if drawn else [f"{event.mark} {names[event.lane]}" for event in found]
    rows = [("emitted (UTC)", "published (UTC)", " ".join(names) if drawn else "", "")]
    rows += [
        (moment(event.at or None), moment(event.published_at or None), lane, event.words)
        for event, lane in zip(found, lanes, strict=True)
    ]
    return align_columns(rows, "  ")
