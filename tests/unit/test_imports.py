"""What is loaded when: a script that lists containers does not pay for builds, credentials or drawings."""

from __future__ import annotations

import json
import subprocess
import sys

FAKED = """
import json, sys
import httpx, anyio, pydock

BODIES = {"/_ping": b"OK", "/containers/json": b"[]"}

def answer(request):
    path = next(path for path in BODIES if request.url.path.endswith(path))
    return httpx.Response(200, headers={"Api-Version": "1.51", "Ostype": "linux"}, content=BODIES[path])

async def main():
    async with pydock.Docker("tcp://engine.test:2375", transport=httpx.MockTransport(answer)) as docker:
        await CALL

anyio.run(main)
print(json.dumps(sorted(sys.modules)))
"""


def loaded(script: str) -> set[str]:
    """Run a script in a fresh interpreter that ends with printing the names of its modules."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout))


def below(modules: set[str], *packages: str) -> list[str]:
    return sorted(name for name in modules if any(name == one or name.startswith(f"{one}.") for one in packages))


def test_import_loads_no_models() -> None:
    modules = loaded("import json, sys, pydock; print(json.dumps(sorted(sys.modules)))")
    assert "pydock.client" in modules
    assert below(modules, "pydantic", "pydock.models", "httpx", "pydock.widgets", "ipywidgets", "IPython") == []


def test_ping_loads_no_pydantic() -> None:
    modules = loaded(FAKED.replace("CALL", "docker.ping()"))
    assert "pydock.models.ping" in modules
    assert below(modules, "pydantic", "pydock.models.containers", "pydock.models.images") == []


def test_list_loads_only_containers() -> None:
    modules = loaded(FAKED.replace("CALL", "docker.containers.list(all=True)"))
    assert "pydock.models.containers.collection" in modules
    single_verbs = (
        "pydock.models.containers.ensuring",
        "pydock.models.credentials",
        "pydock.models.files.context",
        "pydock.models.image_data",
        "pydock.models.image_ref",
        "pydock.models.images",
        "pydock.models.networks",
        "pydock.models.options.as_cli",
        "pydock.models.options.as_code",
        "pydock.models.options.recreate",
        "pydock.models.progress",
        "pydock.models.volumes",
    )
    assert below(modules, *single_verbs, "pydock.display.cards", "pydock.widgets") == []
