"""What agreements add: redacted reports, and pointers to those of which nothing else is released."""

import orjson
import pytest

from schemas.agreements import BUNDLED
from schemas.search_document import ALWAYS_SHOWN, FIELD_GROUPS
from streams.sharing.policy import Registry
from streams.sharing.visible import read_report
from streams.sharing.visible_reports import policy_fingerprint, redacted, reports_shared_under
from tests.streams.marked import NOW, REGISTRY, handling, marked, report
from tests.streams.worlds import decision

OWN = "calexico_pd:1"


def test_at_most_three_pointers_stand_beside_a_report_those_published_first() -> None:
    own = report(OWN)
    hidden = [
        read_report(marked(f"usbp_elc:{number}", handling=handling("YELLOW")))._replace(published_at=NOW - number)
        for number in range(1, 6)
    ]
    links = [decision(OWN, each.report_id, 9.0) for each in hidden]

    shared = reports_shared_under(BUNDLED.values(), REGISTRY)([own, *hidden], links, NOW)

    pointers = [set(visible.pointers[OWN]) for visible in shared.values() if OWN in visible.pointers]
    assert pointers, "some audience gets pointers"
    assert all(each == {"usbp_elc:3", "usbp_elc:4", "usbp_elc:5"} for each in pointers)


@pytest.mark.parametrize("group", sorted(FIELD_GROUPS))
def test_a_report_without_the_form_that_an_agreement_needs_shows_and_links_nothing(group: str) -> None:
    whole = report(OWN, persons=[{"role": "VICTIM"}], vehicles=[{"make": "HONDA"}])
    rest = redacted(whole, frozenset({group}))

    assert rest.fields["withheld"] == [group]
    assert rest.fields.keys() <= {*ALWAYS_SHOWN, "withheld"}, "without a form that intake made, nothing else is shown"
    assert orjson.loads(rest.document) == rest.fields
    assert rest.form is None
    assert redacted(whole, frozenset()) is whole


def test_a_policy_fingerprint_changes_with_what_decides_and_with_nothing_else() -> None:
    agreements = list(BUNDLED.values())

    def digest(registry: Registry = REGISTRY, sealed: frozenset[str] = frozenset(), now: int = NOW) -> bytes:
        return policy_fingerprint(agreements, registry, sealed, now)

    assert digest() == digest(now=NOW + 1)
    assert len({digest(), digest(sealed=frozenset({OWN})), digest(Registry(REGISTRY.agency))}) == 3
