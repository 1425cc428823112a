"""Two networks: a proxy stands in both, the database only in the inner one, and each is found by its alias.

Uses the daemon that the docker CLI would use; needs no image but a tiny one that it imports itself.
"""

from __future__ import annotations

import anyio

import pydock
from pydock import Endpoint
from pydock.testing import busybox_tar

IMAGE = "pydock-example-networks:latest"
SERVE = ["sh", "-c", "mkdir /www && hostname > /www/index.html && exec httpd -f -p 8080 -h /www"]


async def asks(box: pydock.Container, name: str) -> str:
    """Ask a neighbour by its name; say who answered, or that nobody did within three seconds."""
    result = await box.exec(["timeout", "3", "wget", "-q", "-O", "-", f"http://{name}:8080/"])
    return result.text.strip() if result.exit_code == 0 else "nobody"


async def main() -> None:
    """Set the stage, ask around, and clear everything away: the session removes what was made through it."""
    async with pydock.Docker() as docker:
        await docker.images.import_(busybox_tar(), repository="pydock-example-networks", tag="latest")
        async with docker.session() as session:
            front = await session.networks.create("pydock-example-front")
            back = await session.networks.create("pydock-example-back", internal=True)
            run = session.containers.run_detached
            db = await run(
                IMAGE,
                SERVE,
                hostname="the-database",
                networks={back.name: Endpoint(aliases=["db"])},
                stop_signal="KILL",
            )
            proxy = await run(
                IMAGE,
                SERVE,
                hostname="the-proxy",
                networks={front.name: Endpoint(aliases=["www"]), back.name: Endpoint(aliases=["proxy"])},
                stop_signal="KILL",
            )
            visitor = await run(IMAGE, ["sleep", "600"], networks=[front.name], stop_signal="KILL")
            for box in (db, proxy):
                await box.wait_for_port(8080)

            print(f"visitor → www: {await asks(visitor, 'www')}")
            print(f"proxy   → db:  {await asks(proxy, 'db')}")
            print(f"visitor → db:  {await asks(visitor, 'db')}")
            print(f"\n{back.name} has the subnet {', '.join(back.subnets)} and these members:")
            for member in (await back.refresh()).containers.values():
                print(f"  {member.ipv4_address:18} {member.name}")

            await back.connect(visitor, Endpoint(aliases=["guest"]))
            print(f"\nLet in, visitor → db: {await asks(visitor, 'db')}")
        await docker.images[IMAGE].remove()
        print("Nothing is left behind.")


if __name__ == "__main__":
    anyio.run(main)
