"""No test of publishing reads which services the environment names; those marked `services` are given them."""

import pytest


@pytest.fixture(autouse=True)
def _nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA", "REGISTRY", "ELASTICSEARCH", "HOME", "DELIVERY_TIMEOUT_S"):
        monkeypatch.delenv(f"INTERAGENCY_{name}", raising=False)
