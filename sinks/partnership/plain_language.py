"""Summarize an agreement in plain language, for councils and the public: who, why, what is shared, what never; pure."""

from collections.abc import Iterable, Iterator

from schemas.agreements import Agreement, Audience, Outcome
from schemas.agreements.model import InquiryService, Rule
from sinks.render.format import day

_EFFECTS = {
    ("release", Outcome.FULL): "Shared",
    ("release", Outcome.POINTER): "Only whom to call",
    ("limit", Outcome.POINTER): "Never more than whom to call",
    ("limit", Outcome.NONE): "Never shared",
}
_FOREIGN = {
    "explicit": "reports of another country only where their agency releases them to it by name",
    "agreed": "reports of another country as the agreement releases them",
}
_NOTICES = {
    "joined": "Agencies are notified of the other agencies whose reports are linked with theirs, as far as they may "
    "see these.",
    "deconfliction": "An agency that keeps a report to itself is notified that another agency reported the same "
    "incident; the other agency is not notified.",
}
_ALWAYS = """Anything not named here is not shared. Nobody reads without a purpose, and every reading is logged before
anything is shown, in a tamper-evident log. A report that its agency marks RED is shown to no other agency and leaves no
trace. When the agreement ends, so does all reading under it."""


def _phrase(names: Iterable[str]) -> str:
    return ", ".join(name.replace("_", " ").lower() for name in names)


def _effect(rule: Rule) -> str:
    if rule.effect == "withhold":
        return f"Withheld: {_phrase(rule.withhold)}"
    effect = _EFFECTS[rule.effect, rule.cap]
    return f"{effect}, only with those vetted for {_phrase([rule.vetting])}" if rule.vetting else effect


def _rule(rule: Rule) -> str:
    to = f" Only to {', '.join(rule.audiences)}." if rule.audiences else ""
    return f"- **{_effect(rule)}** (clause {rule.clause}). {rule.text}{to}"


def _reader(who: Audience) -> str:
    vetted = f"; only while vetted for {_phrase([who.vetting])}, otherwise at most whom to call" if who.vetting else ""
    readers = f"`{who.name}` ({who.country}): {', '.join(who.readers)}; for {_phrase(who.purposes)}"
    return f"- {readers}; {_FOREIGN[who.foreign]}{vetted} (clause {who.clause})"


def _inquiry(rule: InquiryService) -> str:
    service = f"{_phrase([rule.service])}, by {', '.join(rule.requesting_agencies)}, for {_phrase(rule.purposes)}"
    return f"- {service}: {_phrase(rule.families)} (clause {rule.clause})"


def _sections(agreement: Agreement) -> Iterator[tuple[str, list[str]]]:
    yield "Who signed", [f"- {party.agency_id}: {party.role} (clause {party.clause})" for party in agreement.parties]
    yield "Who reads, and for what purpose", [_reader(audience) for audience in agreement.audiences]
    yield "Never a purpose", [f"- {_phrase([purpose])}" for purpose in agreement.denied_purposes]
    yield "What is shared, and what is not", [_rule(rule) for rule in agreement.rules]
    yield "Never withheld", [f"- {_phrase([group])}" for group in agreement.never_withheld]
    yield "Inquiries to a support center about suspects", [_inquiry(rule) for rule in agreement.inquiry_services]
    yield "Who is notified of a match", [f"- {_NOTICES[kind]}" for kind in agreement.notices]
    reports = [f"- {each.name}, to {each.to}, every {each.every} (clause {each.clause})" for each in agreement.reports]
    yield "Reports due", reports


def _geography(agreement: Agreement) -> str:
    if not agreement.geography:
        return "It covers what its parties report, wherever it occurred."
    places = ", ".join(agreement.geography)
    return f"It covers what occurred in {places}; a report without a known place is not covered."


def markdown(agreement: Agreement) -> str:
    """Format the summary of an agreement as Markdown; times are days in UTC."""
    term = f"In force from {day(agreement.begins)} to {day(agreement.ends)}"
    term += ", extendable" if agreement.extendable else ""
    lines = [f"# {agreement.title}", "", f"Version {agreement.version}, signed {day(agreement.signed)}. {term}.", ""]
    lines += [_geography(agreement), "", f"Source: {agreement.source}.", "", _ALWAYS]
    for title, rows in _sections(agreement):
        lines += ["", f"## {title}", "", *(rows or ["- nothing"])]
    return "\n".join(lines) + "\n"
