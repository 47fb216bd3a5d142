"""The key file of a home: replaced whole or not at all, readable by its owner alone, and never shown."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import Configuration
from sinks.access.dissemination_key import key_file, read_key, write_key
from tests.sinks.disseminated import FIRST_KEY, chain, state_after


def test_a_home_without_a_key_has_none(tmp_path: Path) -> None:
    assert read_key(tmp_path) is None


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    for lines in (0, 3):
        write_key(tmp_path, state_after(chain(lines, keyed_from=1)))
        assert read_key(tmp_path) == state_after(chain(lines, keyed_from=1))


DAMAGES: dict[str, dict[str, Any]] = {
    "no number": {"number": None},
    "no key": {"key": "xyz"},
    "no last line": {"last": None},
    "part of a last line": {"last": {"number": 1}},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_an_error_that_says_how_to_go_on(tmp_path: Path, damage: str) -> None:
    write_key(tmp_path, state_after([]))
    fields = json.loads(key_file(tmp_path).read_bytes())
    key_file(tmp_path).write_text(json.dumps({**fields, **DAMAGES[damage]}))

    with pytest.raises(Configuration, match="--new-dissemination-key"):
        read_key(tmp_path)


def test_only_its_owner_can_read_the_key_and_the_former_bytes_are_overwritten(tmp_path: Path) -> None:
    state = state_after([])
    write_key(tmp_path, state)
    path = key_file(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open("rb") as former:
        write_key(tmp_path, state_after(chain(1, keyed_from=1)))

        assert set(former.read()) == {0}
    assert read_key(tmp_path) == state_after(chain(1, keyed_from=1))
    assert os.listdir(path.parent) == [path.name]


def test_a_writer_killed_before_it_replaced_the_key_leaves_the_former_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = state_after([])
    write_key(tmp_path, state)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write_key(tmp_path, state_after(chain(1, keyed_from=1)))
    assert read_key(tmp_path) == state

    write_key(tmp_path, state_after(chain(2, keyed_from=1)))
    assert os.listdir(key_file(tmp_path).parent) == [key_file(tmp_path).name]


def test_neither_a_state_nor_an_error_shows_the_key(tmp_path: Path) -> None:
    state = state_after([])

    assert FIRST_KEY.hex() not in repr(state)
    assert repr(FIRST_KEY) not in repr(state)
    key_file(tmp_path).parent.mkdir()
    key_file(tmp_path).write_text(f'{{"key":"{FIRST_KEY.hex()}"')
    with pytest.raises(Configuration) as raised:
        read_key(tmp_path)
    assert FIRST_KEY.hex() not in str(raised.value)
    assert raised.value.__suppress_context__
