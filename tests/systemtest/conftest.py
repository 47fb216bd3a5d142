"""One pipeline for all system tests: each test has agencies of its own."""

import pytest

from deploy.init import init
from schemas.settings import Endpoints, Settings
from tests.systemtest.pipeline import Pipeline


@pytest.fixture(scope="session")
def pipeline(service_settings: Settings, endpoints: Endpoints) -> Pipeline:
    init(service_settings, endpoints)
    return Pipeline(service_settings, endpoints)
