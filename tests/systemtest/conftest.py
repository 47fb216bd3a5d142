"""One pipeline for all system tests, on services that no other test writes to; each test has agencies of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.init import init
from deploy.supervisor import erase, owned
from schemas.settings import Settings
from tests.systemtest.pipeline import Pipeline


@pytest.fixture(scope="session")
def pipeline() -> Iterator[Pipeline]:
    home = Path(tempfile.mkdtemp(prefix="interagency-system-"))
    home.chmod(0o711)
    settings = Settings(home=home)
    with owned(settings) as services:
        init(settings, services)
        yield Pipeline(settings, services)
    erase(settings)
    shutil.rmtree(home, ignore_errors=True)
