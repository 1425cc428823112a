"""What every test has: both event loops."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import HealthCheck, settings

# Machines that run tests are busy: an example that takes long is no failure, and each run tries the same ones.
settings.register_profile(
    "pydock", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("pydock")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run each async test on asyncio and on trio."""
    backend: str = request.param
    return backend


@pytest.fixture
def unique() -> str:
    """Give a name that no other test has."""
    return f"pydock-{uuid.uuid4().hex[:12]}"
