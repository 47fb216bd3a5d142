"""An agency that nobody knows: said to be new, or taken for a slip of the finger."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.delivery.agency_registry import Registry, save_cache
from producers.delivery.memory import MemoryKafka
from producers.delivery.session import Session
from producers.publisher import Accepted, Publisher
from producers.validation.nearest_agencies import new_agency_notice, reject_mistyped
from schemas.agencies import BUNDLED, agency_row
from schemas.errors import PipelineError, Reason, Rejected, Transient
from schemas.nearest_agencies import nearest
from schemas.runtime.settings import Settings
from schemas.topics import reports_topic
from tests.factories import line, report
from tests.producers.cli.test_publish import _file, _home_of_its_own, _keys, _run, kafka

__all__ = ["_home_of_its_own", "kafka"]

KNOWN = "calexico_pd"
SLIPS = [
    "calexic_pd",
    "calexicoo_pd",
    "calexico_pb",
    "calexcio_pd",
    "acalexico_pd",
    "calexico_pd2",
    "clexico_pd",
    "calexico_dp",
]
NEW = ["mesa_pd", "calexico_fire", "caelxcio_pd", "usbp_yum", "a1"]
letters = st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789_")


@pytest.mark.parametrize("agency", SLIPS)
def test_one_letter_or_two_swapped_is_a_slip(agency: str) -> None:
    refused = reject_mistyped(agency, BUNDLED)

    assert refused is not None
    assert refused.reason is Reason.AGENCY_MISTYPED
    assert KNOWN in refused.detail
    assert "--new-agency" in refused.hint


@pytest.mark.parametrize("agency", NEW)
def test_what_is_farther_from_all_is_new_and_names_the_nearest(agency: str) -> None:
    assert reject_mistyped(agency, BUNDLED) is None
    assert new_agency_notice(agency, BUNDLED).startswith(f"agency {agency} is new; nearest known: ")


def test_the_bundled_agencies_are_no_slips_of_each_other() -> None:
    assert not [one for one in BUNDLED if reject_mistyped(one, BUNDLED.keys() - {one})]
    assert new_agency_notice("a1", []) == "agency a1 is new"


@given(st.data(), letters)
def test_every_single_edit_is_found(data: st.DataObject, letter: str) -> None:
    known = data.draw(st.sampled_from(sorted(BUNDLED)))
    at = data.draw(st.integers(0, len(known) - 1))
    edits = {known[:at] + known[at + 1 :], known[:at] + letter + known[at:], known[:at] + letter + known[at + 1 :],
             known[:at] + known[at : at + 2][::-1] + known[at + 2 :]}  # fmt: skip

    assert all(reject_mistyped(one, BUNDLED) for one in edits - BUNDLED.keys())
    assert all(nearest(one, BUNDLED)[0][0] == 0 for one in edits & BUNDLED.keys())


@pytest.mark.parametrize("command", ["publish", "validate"])
@pytest.mark.parametrize("agency", SLIPS)
def test_a_mistyped_agency_is_refused_and_makes_nothing(
    tmp_path: Path, kafka: MemoryKafka, command: str, agency: str
) -> None:
    file = _file(tmp_path / "feed.jsonl", line(), line(agency=agency), line(agency=agency, source_id="2"))
    code, out, err = _run(command, file)

    assert code == 65
    assert "2 refused" in out
    assert f"{file}:2 agency agency_mistyped" in err
    assert "is new" not in err
    assert reports_topic(agency) not in kafka.topics


@pytest.mark.parametrize("command", ["publish", "validate"])
def test_with_the_option_it_is_let_in_and_said_to_be_new(tmp_path: Path, kafka: MemoryKafka, command: str) -> None:
    file = _file(tmp_path / "feed.jsonl", line(agency="calexico_pb"), line(agency="calexico_pb", source_id="2"))
    code, _, err = _run(command, "--new-agency", file)

    assert (code, err) == (0, "agency calexico_pb is new; nearest known: calexico_pd, laredo_pd, el_paso_pd\n")


def test_an_agency_that_is_farther_from_all_is_said_to_be_new_once(tmp_path: Path, kafka: MemoryKafka) -> None:
    file = _file(tmp_path / "feed.jsonl", line(agency="mesa_pd"), line(agency="mesa_pd", source_id="2"))
    for command in ("validate", "publish"):
        code, _, err = _run(command, file)
        assert (code, err.count("\n")) == (0, 1)
        assert err.startswith("agency mesa_pd is new; nearest known: ")
    assert _run("publish", file)[::2] == (0, "")
    assert _run("validate", file)[::2] == (0, ""), "this home has seen it"
    assert _keys(kafka, reports_topic("mesa_pd")) == ["2", "2", line_id(), line_id()]


def line_id() -> str:
    return str(json.loads(line())["source_id"])


def test_what_was_let_in_once_is_known(tmp_path: Path, kafka: MemoryKafka) -> None:
    Registry(kafka, kafka, 1.0).add(agency_row({"agency_id": "calexico_pb"}, "agency add"))

    assert _run("publish", _file(tmp_path / "feed.jsonl", line(agency="calexico_pb")))[0] == 0
    assert _run("publish", _file(tmp_path / "feed.jsonl", line(agency="calexico_pbb")))[0] == 65


def test_one_run_takes_the_second_of_two_alike_for_a_slip(tmp_path: Path, kafka: MemoryKafka) -> None:
    file = _file(tmp_path / "feed.jsonl", line(agency="mesa_1"), line(agency="mesa_2"))
    for command in ("validate", "publish"):
        code, _, err = _run(command, file)
        assert code == 65
        assert f"{file}:2 agency agency_mistyped unknown agency, one letter from mesa_1" in err


def test_without_kafka_the_rows_last_seen_are_what_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "producers.delivery.session.connect", lambda settings: Session(settings, Transient("away"), None)
    )
    (tmp_path / "home").mkdir()
    save_cache(tmp_path / "home", {"mesa_pd": agency_row({"agency_id": "mesa_pd"}, "agency add")})

    code, _, err = _run("publish", _file(tmp_path / "feed.jsonl", line(agency="mesa_pb"), line(agency="calexcio_pd")))
    assert (code, err.count("agency_mistyped")) == (65, 2)
    assert _run("publish", _file(tmp_path / "feed.jsonl", line(agency="mesa_pd")))[0] == 75


def test_what_waits_on_disk_was_let_in_and_is_delivered(tmp_path: Path, kafka: MemoryKafka) -> None:
    file = _file(tmp_path / "feed.jsonl", line(agency="calexico_pb"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("producers.delivery.session.connect", lambda settings: Session(settings, Transient("away"), None))
        assert _run("publish", "--new-agency", file)[0] == 75

    code, out, _ = _run("publish")
    assert code == 0
    assert "1 delivered from disk" in out


def sent(agency: str, home: Path, new_agency: bool, there: bool = True) -> Accepted | Rejected:
    memory = MemoryKafka()

    def connecting(settings: Settings) -> Session:
        broker: MemoryKafka | PipelineError = memory if there else Transient("away")
        return Session(settings, broker, Registry(memory, memory, 1.0) if there else None)

    with Publisher(agency, Settings(home=home), connecting, new_agency) as feed:
        return feed.send(report())


@pytest.mark.parametrize("there", [True, False])
def test_a_vendors_code_is_told_of_a_slip_too(tmp_path: Path, there: bool) -> None:
    refused = sent("calexico_pb", tmp_path, False, there)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.AGENCY_MISTYPED
    assert isinstance(sent("calexico_pb", tmp_path, True, there), Accepted)


def test_where_only_operators_add_agencies_an_unknown_one_names_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kafka: MemoryKafka
) -> None:
    for name, value in (("KAFKA", "k:1"), ("REGISTRY", "http://r"), ("ELASTICSEARCH", "http://e")):
        monkeypatch.setenv(f"INTERAGENCY_{name}", value)
    code, _, err = _run("publish", _file(tmp_path / "feed.jsonl", line(agency="calexico_pb")))

    assert code == 77
    assert "interagency agency add calexico_pb; nearest known: calexico_pd, " in err
    assert "is new" not in err
