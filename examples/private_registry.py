"""Log in to a private registry, push, ask the registry itself, pull, and log out.

    REGISTRY_PASSWORD=… python examples/private_registry.py 127.0.0.1:5000 user

Nothing is stored: the login is this client's own. What `docker login` has stored (config.json, credential helpers)
is used as well, without any word here; `save=True` would store it there.
"""

from __future__ import annotations

import os
import sys

import anyio

import pydock
from pydock.testing import busybox_tar


async def main(registry: str, username: str, password: str) -> None:
    """Be refused, log in, push, look, pull, log out."""
    name = f"{registry}/pydock-example/private:latest"
    async with pydock.Docker() as docker:
        await docker.images.import_(busybox_tar(), repository=name.removesuffix(":latest"), tag="latest")
        try:
            await docker.images.push(name)
        except (pydock.PushError, pydock.APIError) as error:
            print(f"Without a login: {type(error).__name__}")
        try:
            await docker.login(username, "not the password", registry=registry)
        except pydock.APIError as error:
            print(f"With a wrong password: {type(error).__name__} ({error.status})")

        await docker.login(username, password, registry=registry)
        await docker.images.push(name)
        print(f"Logged in and pushed; {docker.credentials!r} shows no secret")
        try:
            found = await docker.images.distribution(name)
            print(f"The registry has it as {found.digest[:19]}…")
        except pydock.NotFound:
            print("This engine (Podman) cannot ask the registry")
        await docker.images[name].remove()
        image = await docker.images.pull(name)
        print(f"Pulled {image.name}, {image.size}")

        await docker.logout(registry=registry)
        await docker.images[name].remove()
        try:
            await docker.images.pull(name)
        except (pydock.PullError, pydock.APIError) as error:
            print(f"Logged out: {type(error).__name__}")


if __name__ == "__main__":
    if len(sys.argv) != 3 or "REGISTRY_PASSWORD" not in os.environ:
        sys.exit(f"{(__doc__ or '').strip()}")
    anyio.run(main, sys.argv[1], sys.argv[2], os.environ["REGISTRY_PASSWORD"])
