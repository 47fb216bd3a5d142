"""Fixtures of all tests: strict log events, and one set of real services for those marked `services`.

The services start once a session in a home of their own and end with it, by kill -9 too. Where the environment names
services (INTERAGENCY_KAFKA and the others), those are used.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as properties

os.environ["INTERAGENCY_STRICT_EVENTS"] = "1"
os.environ["INTERAGENCY_LOG_FORMAT"] = "json"

from schemas.runtime.settings import Endpoints, Settings
from tests.patience import TEST_S, patience

# How long a command waits for Kafka tells of the machine, too.
os.environ["INTERAGENCY_DELIVERY_TIMEOUT_S"] = str(patience(10))

# How long an example takes tells of the machine and of what else it does, never of the code.
properties.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
properties.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End a test that hangs: one bound for all, that grows with how slow this machine is."""
    for item in items:
        item.add_marker(pytest.mark.timeout(patience(TEST_S)), append=False)


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """What a command configures ends with its test: its standard error is closed then."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def service_settings() -> Iterator[Settings]:
    """Settings of the session's own home, which Elasticsearch's user can reach."""
    home = Path(tempfile.mkdtemp(prefix="interagency-test-"))
    home.chmod(0o711)
    yield Settings(home=home)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def endpoints(service_settings: Settings) -> Iterator[Endpoints]:
    """Real Kafka, registry and Elasticsearch."""
    from deploy.embedded.lifecycle import erase, owned

    with owned(service_settings) as services:
        yield services
    erase(service_settings)
