"""Fixtures of the embedded services' tests."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture
def tight_umask() -> Iterator[None]:
    """New files are for their owner only, as on many servers."""
    before = os.umask(0o077)
    yield
    os.umask(before)
