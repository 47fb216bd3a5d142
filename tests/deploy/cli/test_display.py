"""Steps stay; how far it is moves on a terminal and is written seldom elsewhere."""

import io

import pytest

from deploy.cli.display import Display


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_elsewhere_progress_is_written_seldom_and_steps_always(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("deploy.cli.display.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    with Display(stream) as display:
        display.step("begins")
        for second in range(25):
            now[0] = float(second)
            display.progress(f"at {second}")
        display.print("a line")

    assert stream.getvalue().splitlines() == ["[  0.0 s] begins", "[ 10.0 s] at 10", "[ 20.0 s] at 20", "a line"]


def test_on_a_terminal_one_line_moves_and_what_looks_like_markup_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with Display(stream) as display:
        display.progress("[bold]1[/bold] of 2")
        display.print("[red]a line[/red]")
        display.progress("2 of 2")

    told = stream.getvalue()
    assert "[red]a line[/red]" in told
    assert "[bold]1[/bold] of 2" in told
    assert told.endswith("\x1b[2K") or "\x1b[?25h" in told, "the line is taken away and the cursor is back"


def test_what_is_printed_after_the_line_was_taken_away_goes_where_it_should(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with Display(stream) as display:
        display.progress("1 of 2")
        display.clear()
        print("a result")

    assert capsys.readouterr().out == "a result\n"
    assert "a result" not in stream.getvalue()
