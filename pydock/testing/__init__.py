"""Throwaway real engines for tests: a dockerd of one's own, gone without a trace afterwards.

```python
from pydock.testing import private_engine

async with private_engine() as engine:
    async with pydock.Docker(engine.url) as docker:
        print(await docker.containers.run("busybox", ["echo", "hi"]))
```

It is a plain context manager, too, so a pytest fixture for the whole session is three lines, whatever event
loop the tests run in:

```python
@pytest.fixture(scope="session")
def engine():
    with private_engine() as engine:
        yield engine
```

The danger is what a daemon leaves behind: `sandbox` keeps it in namespaces of its own.
"""

from __future__ import annotations

from pydock.testing.busybox import busybox_tar
from pydock.testing.certificates import Certificates
from pydock.testing.engine import PrivateEngine, private_engine

__all__ = ["Certificates", "PrivateEngine", "busybox_tar", "private_engine"]
