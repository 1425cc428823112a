"""What every test has: both event loops."""

from __future__ import annotations

import uuid

import pytest


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run each async test on asyncio and on trio."""
    backend: str = request.param
    return backend


@pytest.fixture
def unique() -> str:
    """Give a name that no other test has."""
    return f"pydock-{uuid.uuid4().hex[:12]}"
