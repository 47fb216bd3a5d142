"""Where things are, who may see them, and what `--fresh` deletes."""

import os
from pathlib import Path

import pytest

from deploy.embedded.home import Home
from deploy.installation import os_user
from deploy.installation.os_user import (
    change_owner,
    elasticsearch_folder,
    elasticsearch_install,
    is_reachable,
    make_passable,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def open_tmp(tmp_path: Path) -> Path:
    """A folder that any user can reach: pytest's own are private."""
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(0o711)
    return tmp_path


def test_reachable_asks_every_folder_on_the_way(open_tmp: Path) -> None:
    inner = open_tmp / "a" / "b"
    inner.mkdir(parents=True)
    assert is_reachable(inner)
    assert is_reachable(inner / "not" / "yet")
    (open_tmp / "a").chmod(0o700)
    assert not is_reachable(inner)


def test_what_is_made_passable_is_so_whatever_the_umask(open_tmp: Path, tight_umask: None) -> None:
    make_passable(open_tmp / "x" / "y")
    assert is_reachable(open_tmp / "x" / "y")


def test_what_exists_keeps_its_mode(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    make_passable(private / "inner")
    assert private.stat().st_mode & 0o777 == 0o700


def test_elasticsearch_stays_in_a_home_that_its_user_reaches(open_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os_user, "SHARED", open_tmp / "shared")
    home = open_tmp / "home"
    assert elasticsearch_folder(home, None) == elasticsearch_folder(home, 59200) == home / "elasticsearch"
    assert elasticsearch_install(open_tmp / "cache", 59200) is None


def test_elasticsearch_moves_out_of_a_private_home_and_stays_out(
    open_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = open_tmp / "shared"
    monkeypatch.setattr(os_user, "SHARED", shared)
    private = open_tmp / "private"
    private.mkdir(mode=0o700)
    one, other = (elasticsearch_folder(private / name, 59200) for name in ("one", "other"))
    assert one.parent == other.parent == shared
    assert one != other, "two homes never share it"
    assert elasticsearch_install(private, 59200) == shared
    make_passable(one)
    private.chmod(0o755)
    assert elasticsearch_folder(private / "one", 59200) == one, "the data is there"
    assert elasticsearch_folder(private / "other", 59200) == private / "other" / "elasticsearch"


@as_root
def test_a_data_folder_is_handed_over_with_all_in_it(tmp_path: Path) -> None:
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "deep" / "file").write_text("")
    outside = tmp_path / "outside"
    outside.write_text("")
    (tmp_path / "data" / "link").symlink_to(outside)
    change_owner(tmp_path / "data", 59200)
    assert (tmp_path / "data" / "deep" / "file").stat().st_uid == 59200
    assert (tmp_path / "data").stat().st_uid == 59200
    assert outside.stat().st_uid == 0, "a link is not followed"


@as_root
def test_as_root_elasticsearch_gets_a_uid_that_nobody_has() -> None:
    uid = os_user.elasticsearch_uid()
    assert uid is not None
    assert uid >= 59200


def test_an_ordinary_user_runs_it_as_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert os_user.elasticsearch_uid() is None


def test_what_holds_reports_is_for_the_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "h", tmp_path / "h" / "elasticsearch", None)
    home.create()
    for name in ("kafka", "registry", "state", "spool", "secrets", "logs", "run"):
        assert (home.root / name).stat().st_mode & 0o777 == 0o700, name


def test_empty_deletes_all_state_and_nothing_else(tmp_path: Path) -> None:
    home = Home(tmp_path / "h", tmp_path / "out" / "es", None)
    home.create()
    state = [home.root / name / "x" for name in ("kafka", "registry", "state", "spool", "secrets")]
    state.append(home.elasticsearch / "x")
    kept = [home.log("kafka"), home.ports_file]
    for file in (*state, *kept):
        file.write_text("x")
    home.empty()
    assert not [file for file in state if file.exists()]
    assert all(file.exists() for file in kept)
    assert (home.root / "kafka").is_dir(), "ready for the next start"
    home.remove()
    assert not home.root.exists()
    assert not home.elasticsearch.exists()
