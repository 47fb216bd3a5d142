"""Which Java is taken, in which order, and what is said when none fits."""

from pathlib import Path

import pytest

from deploy.installation.java import Java, candidates, find_java
from schemas.errors import Configuration

ALL = ("jdk.incubator.vector", "jdk.management.agent", "jdk.net")


def _fake(home: Path, major: int, modules: tuple[str, ...] = ALL, code: int = 0) -> Path:
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    listing = "\n".join(f"{module}@{major}.0.3" for module in ("java.base", *modules))
    program.write_text(f"#!/bin/sh\necho '    java.home = {home}' >&2\necho '{listing}'\nexit {code}\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of /usr/lib/jvm, and no Java in the environment."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    folder = tmp_path / "jvm"
    folder.mkdir()
    return folder


def test_order_is_setting_java_home_path_installed(
    tmp_path: Path, nothing_installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = [_fake(nothing_installed / name, 25) for name in ("java-21", "java-9", "temurin-25")]
    on_path = _fake(tmp_path / "path", 25)
    home = _fake(tmp_path / "home", 25)
    named = _fake(tmp_path / "named", 25)
    monkeypatch.setenv("JAVA_HOME", str(home.parent.parent))
    monkeypatch.setenv("PATH", str(on_path.parent))
    order = list(candidates(named, nothing_installed))
    assert order == [named, home, on_path, installed[2], installed[0], installed[1]]


def test_one_java_under_two_names_is_looked_at_once(nothing_installed: Path) -> None:
    _fake(nothing_installed / "jdk-25.0.1", 25)
    (nothing_installed / "default-25").symlink_to(nothing_installed / "jdk-25.0.1")
    assert len(list(candidates(None, nothing_installed))) == 1


def test_the_first_that_fits_is_taken(nothing_installed: Path) -> None:
    _fake(nothing_installed / "jdk-30", 30, modules=("jdk.net",))
    _fake(nothing_installed / "jdk-26", 26, code=1)
    fits = _fake(nothing_installed / "jdk-21", 21)
    _fake(nothing_installed / "jdk-17", 17)
    assert find_java(None, None, nothing_installed) == Java(fits, nothing_installed / "jdk-21", 21)


@pytest.mark.parametrize(
    ("major", "modules", "told"),
    [
        (17, ALL, "is Java 17"),
        (20, ALL, "is Java 20"),
        (25, ("jdk.net", "jdk.management.agent"), "lacks jdk.incubator.vector"),
        (25, ("jdk.incubator.vector",), "lacks jdk.management.agent, jdk.net"),
    ],
)
def test_one_that_does_not_fit_is_named_with_what_to_install(
    nothing_installed: Path, major: int, modules: tuple[str, ...], told: str
) -> None:
    program = _fake(nothing_installed / "jdk", major, modules)
    with pytest.raises(Configuration, match=f"{program} {told}.*install a full JDK of 21 or later") as caught:
        find_java(None, None, nothing_installed)
    assert caught.value.exit_code == 78


def test_no_java_at_all_says_what_to_install(nothing_installed: Path) -> None:
    with pytest.raises(Configuration, match=r"none is installed.*install a full JDK of 21 or later"):
        find_java(None, None, nothing_installed)


def test_a_named_java_that_does_not_fit_is_not_passed_over(tmp_path: Path, nothing_installed: Path) -> None:
    _fake(nothing_installed / "jdk-25", 25)
    named = _fake(tmp_path / "old", 17)
    with pytest.raises(Configuration, match=r"INTERAGENCY_JAVA: .* is Java 17"):
        find_java(named, None, nothing_installed)


def test_a_named_folder_stands_for_its_program(tmp_path: Path, nothing_installed: Path) -> None:
    named = _fake(tmp_path / "jdk", 25)
    assert find_java(tmp_path / "jdk", None, nothing_installed).program == named


def test_one_that_elasticsearchs_user_cannot_reach_does_not_fit(tmp_path: Path, nothing_installed: Path) -> None:
    (tmp_path / "private").mkdir(mode=0o700)
    named = _fake(tmp_path / "private" / "jdk", 25)
    assert find_java(named, None, nothing_installed).major == 25
    with pytest.raises(Configuration, match="only root may enter"):
        find_java(named, 59200, nothing_installed)


def test_options_of_the_environment_do_not_reach_it(nothing_installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = _fake(nothing_installed / "jdk", 25)
    program.write_text(program.read_text().replace("#!/bin/sh\n", '#!/bin/sh\n[ -z "$JAVA_TOOL_OPTIONS" ] || exit 1\n'))
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Dx=y")
    assert find_java(None, None, nothing_installed).major == 25
