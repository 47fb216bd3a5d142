"""An agreement in plain words, for councils and the public: who, for what, what is shared and what never is; pure."""

from collections.abc import Iterable, Iterator

from schemas.agreements import Agreement, Audience, Outcome
from schemas.agreements.model import LookUp, Rule
from sinks.render.format import day

_HOW = {
    ("release", Outcome.FULL): "Shared",
    ("release", Outcome.POINTER): "Whom to call, nothing else",
    ("limit", Outcome.POINTER): "Never more than whom to call",
    ("limit", Outcome.NONE): "Never shared",
}
_FOREIGN = {
    "explicit": "of another country's reports only those that their agency releases to it by name",
    "agreed": "of another country's reports what the agreement releases",
}
_NOTICES = {
    "joined": "Agencies are told whose reports theirs were joined with, as far as they may see these.",
    "deconfliction": "Who keeps a report to itself is told that another agency has one of the same incident; the "
    "other one is told nothing.",
}
_ALWAYS = """Whatever is not named here is not shared. Nobody reads without a purpose, and every reading is written down
before anything is shown, in a log whose lines cannot be changed unseen. A report that its agency marks RED is shown to
nobody else, and leaves no trace. When the agreement ends, so does every reading under it."""


def _words(names: Iterable[str]) -> str:
    return ", ".join(name.replace("_", " ").lower() for name in names)


def _how(rule: Rule) -> str:
    if rule.effect == "withhold":
        return f"Withheld: {_words(rule.withhold)}"
    told = _HOW[rule.effect, rule.cap]
    return f"{told}, with those vetted for {_words([rule.vetting])} alone" if rule.vetting else told


def _rule(rule: Rule) -> str:
    to = f" To {', '.join(rule.audiences)} alone." if rule.audiences else ""
    return f"- **{_how(rule)}** (clause {rule.clause}). {rule.text}{to}"


def _reader(who: Audience) -> str:
    vetted = f"; only while vetted for {_words([who.vetting])}, else whom to call at most" if who.vetting else ""
    told = f"`{who.name}` ({who.country}): {', '.join(who.readers)}; for {_words(who.purposes)}"
    return f"- {told}; {_FOREIGN[who.foreign]}{vetted} (clause {who.clause})"


def _look_up(look: LookUp) -> str:
    told = f"{_words([look.service])}, by {', '.join(look.askers)}, for {_words(look.purposes)}"
    return f"- {told}: {_words(look.families)} (clause {look.clause})"


def _sections(one: Agreement) -> Iterator[tuple[str, list[str]]]:
    yield "Who signed", [f"- {party.agency_id}: {party.role} (clause {party.clause})" for party in one.parties]
    yield "Who reads, and what for", [_reader(who) for who in one.audiences]
    yield "Never a purpose", [f"- {_words([purpose])}" for purpose in one.denied_purposes]
    yield "What is shared, and what is not", [_rule(rule) for rule in one.rules]
    yield "Never withheld", [f"- {_words([group])}" for group in one.never_withheld]
    yield "Questions to a support centre about suspects", [_look_up(look) for look in one.lookups]
    yield "Who is told of a match", [f"- {_NOTICES[kind]}" for kind in one.notices]
    owed = [f"- {each.name}, to {each.to}, every {each.every} (clause {each.clause})" for each in one.reports]
    yield "Figures owed", owed


def _where(one: Agreement) -> str:
    if not one.geography:
        return "It holds for what its parties report, wherever that lies."
    return f"It holds for what lies in {', '.join(one.geography)}; a report whose place is not known lies in none."


def markdown(one: Agreement) -> str:
    """Write an agreement in plain words."""
    term = f"In force from {day(one.begins)} to {day(one.ends)}" + (", extendable" if one.extendable else "")
    lines = [f"# {one.title}", "", f"Version {one.version}, signed {day(one.signed)}. {term}.", "", _where(one), ""]
    lines += [f"Source: {one.source}.", "", _ALWAYS]
    for title, rows in _sections(one):
        lines += ["", f"## {title}", "", *(rows or ["- nothing"])]
    return "\n".join(lines) + "\n"
