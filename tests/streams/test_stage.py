"""The defaults of a stage: no state, nothing to follow, nothing erased."""

from streams.stage import NoState


def test_a_stage_without_state_finds_nothing() -> None:
    state = NoState()

    assert state.get_many([b"a", b"b"]) == [None, None]
    assert list(state.scan(b"")) == []
    assert state.kept == {}
