"""Images and the build cache.

Two dangers. Pull, push, load, import and build answer 200 and then fail inside of the stream
(`errorDetail`): whoever reads these streams must look. And a platform has two spellings, each a 400 in the
other's place; here `"linux/arm64"` is taken everywhere and written as the operation wants it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydock.api._base import JSON, TAR, Body, Group
from pydock.api._encoding import (
    Filters,
    Platform,
    encode_filters,
    encode_json,
    encode_platform,
    encode_platforms,
    since,
)
from pydock.api.registry_auth import registry_auth_header
from pydock.errors import ImageInUse
from pydock.transport.streams import ByteStream, JSONStream
from pydock.transport.version import Version

__all__ = ["Images"]


class Images(Group):
    """The operations of the tag Image."""

    noun = "image"

    async def list(
        self,
        *,
        all: bool | None = None,
        filters: Filters | None = None,
        digests: bool | None = None,
        shared_size: bool | None = None,
        manifests: bool | None = None,
        identity: bool | None = None,
    ) -> JSON:
        """GET /images/json

        `shared_size` from API 1.42, `manifests` from 1.47 (of the containerd image store only), `identity`
        from 1.54 (400 without `manifests`). Podman answers nothing at all to `digests=True`: ProtocolError.
        """
        query = {
            "all": all,
            "filters": encode_filters(filters),
            "digests": digests,
            "shared-size": since("1.42", shared_size),
            "manifests": since("1.47", manifests),
            "identity": since("1.54", identity),
        }
        return await self.json("GET", "/images/json", query=query)

    def build(
        self,
        content: Body = b"",
        *,
        dockerfile: str | None = None,
        t: Sequence[str] | None = None,
        remote: str | None = None,
        q: bool | None = None,
        nocache: bool | None = None,
        cachefrom: Sequence[str] | None = None,
        pull: bool | None = None,
        rm: bool | None = None,
        forcerm: bool | None = None,
        memory: int | None = None,
        memswap: int | None = None,
        cpushares: int | None = None,
        cpusetcpus: str | None = None,
        cpuperiod: int | None = None,
        cpuquota: int | None = None,
        buildargs: Mapping[str, str | None] | None = None,
        shmsize: int | None = None,
        squash: bool | None = None,
        labels: Mapping[str, str] | None = None,
        networkmode: str | None = None,
        extrahosts: Sequence[str] | None = None,
        platform: str | None = None,
        target: str | None = None,
        version: str | None = None,
        outputs: Sequence[Mapping[str, object]] | None = None,
        cpusetmems: str | None = None,
        cgroupparent: str | None = None,
        ulimits: Sequence[Mapping[str, object]] | None = None,
        securityopt: Sequence[str] | None = None,
        isolation: str | None = None,
        session: str | None = None,
        buildid: str | None = None,
        registry_config: str | None = None,
    ) -> JSONStream:
        """POST /build — a stream of progress, or 400 for a bad Dockerfile.

        A failed step is an `errorDetail` in the stream. `content` is the context as a tar, ignored with
        `remote` (a URL of a tar, a Dockerfile or a git repository). `rm` is true unless said otherwise;
        `version` is `"1"` (the classic builder) unless `"2"` (BuildKit, whose trace comes as `aux` strings of
        `moby.buildkit.trace`). `platform` is plain, as in `"linux/arm64"`. The image's id is `{"aux":
        {"ID"}}`. The parameters from `cpusetmems` on are not in the swagger; the CLI sends them.
        `registry_config` is the whole `X-Registry-Config` header; `X-Registry-Auth` is ignored by builds.
        """
        query = {
            "dockerfile": dockerfile,
            "t": _list(t),
            "remote": remote,
            "q": q,
            "nocache": nocache,
            "cachefrom": encode_json(_list(cachefrom)),
            "pull": pull,
            "rm": rm,
            "forcerm": forcerm,
            "memory": memory,
            "memswap": memswap,
            "cpushares": cpushares,
            "cpusetcpus": cpusetcpus,
            "cpuperiod": cpuperiod,
            "cpuquota": cpuquota,
            "buildargs": encode_json(buildargs),
            "shmsize": shmsize,
            "squash": squash,
            "labels": encode_json(labels),
            "networkmode": networkmode,
            "extrahosts": _list(extrahosts),
            "platform": platform,
            "target": target,
            "version": version,
            "outputs": encode_json(outputs),
            "cpusetmems": cpusetmems,
            "cgroupparent": cgroupparent,
            "ulimits": encode_json(ulimits),
            "securityopt": _list(securityopt),
            "isolation": isolation,
            "session": session,
            "buildid": buildid,
        }
        headers = TAR if registry_config is None else {**TAR, "X-Registry-Config": registry_config}
        return self.json_stream("POST", "/build", query=query, content=content, headers=headers)

    async def build_prune(
        self,
        *,
        all: bool | None = None,
        filters: Filters | None = None,
        reserved_space: int | None = None,
        max_used_space: int | None = None,
        min_free_space: int | None = None,
    ) -> JSON:
        """POST /build/prune — `{"CachesDeleted": null, "SpaceReclaimed": 0}`

        `reserved_space`: bytes of cache to keep, on every version (its name was `keep-storage` below API
        1.48); `max_used_space` and `min_free_space` from API 1.48.
        """
        reserved = "reserved-space" if await self.negotiated() >= Version(1, 48) else "keep-storage"
        query = {
            "all": all,
            "filters": encode_filters(filters),
            reserved: reserved_space,
            "max-used-space": since("1.48", max_used_space),
            "min-free-space": since("1.48", min_free_space),
        }
        return await self.json("POST", "/build/prune", query=query, noun="")

    def create(
        self,
        content: Body = b"",
        *,
        from_image: str | None = None,
        from_src: str | None = None,
        repo: str | None = None,
        tag: str | None = None,
        all_tags: bool = False,
        platform: str | None = None,
        message: str | None = None,
        changes: Sequence[str] | None = None,
        registry_auth: str | None = None,
    ) -> JSONStream:
        """POST /images/create — pull (`from_image`) or import (`from_src`).

        `from_src` is a URL, or `-` when `content` is the tar. A stream of progress; what fails after its
        beginning is an `errorDetail` in it. A daemon that is asked for no tag pulls all of them, so without
        one `latest` is asked for; `all_tags=True` is the way to mean it. `tag` may be a digest. `platform` is
        plain, as in `"linux/arm64"`. Missing credentials are 500 on many registries.
        """
        query = {
            "fromImage": from_image,
            "fromSrc": from_src,
            "repo": repo,
            "tag": None if all_tags else tag or _default_tag(from_image),
            "platform": platform,
            "message": message,
            "changes": _list(changes),
        }
        headers = dict(TAR) if from_src == "-" else {}
        if registry_auth is not None:
            headers["X-Registry-Auth"] = registry_auth
        return self.json_stream("POST", "/images/create", query=query, content=content, headers=headers)

    async def inspect(self, name: str, *, manifests: bool | None = None, platform: Platform | None = None) -> JSON:
        """GET /images/{name}/json

        `manifests` from API 1.48, `platform` from 1.49; one excludes the other (400).
        """
        query = {"manifests": since("1.48", manifests), "platform": since("1.49", encode_platform(platform))}
        return await self.json("GET", "/images/{name}/json", name=name, query=query)

    async def attestations(
        self,
        name: str,
        *,
        platform: Sequence[Platform] | None = None,
        type: Sequence[str] | None = None,
        statement: bool | None = None,
    ) -> JSON:
        """GET /images/{name}/attestations — API 1.55; `[]` when there are none.

        501: no containerd image store. Engines up to 29 take one platform only. `type` names
        predicate types; `statement` asks for the whole of each.
        """
        query = {
            "platform": [encode_platform(one) for one in platform] if platform else None,
            "type": _list(type),
            "statement": statement,
        }
        return await self.json("GET", "/images/{name}/attestations", name=name, query=query, needs="1.55")

    async def history(self, name: str, *, platform: Platform | None = None) -> JSON:
        """GET /images/{name}/history — newest layer first; `platform` from API 1.48."""
        query = {"platform": since("1.48", encode_platform(platform))}
        return await self.json("GET", "/images/{name}/history", name=name, query=query)

    def push(
        self,
        name: str,
        *,
        tag: str | None = None,
        platform: Platform | None = None,
        registry_auth: str | None = None,
    ) -> JSONStream:
        """POST /images/{name}/push — a stream of progress.

        A missing image or a refusal is an `errorDetail` in it. Without `tag` all tags of the name are pushed;
        name them by `tag`, not in `name`. `platform` from API 1.46. `X-Registry-Auth` is always sent, for
        engines up to 26 answer 400 without it. The digest comes as `aux`, but not from the containerd image
        store.
        """
        query = {"tag": tag, "platform": since("1.46", encode_platform(platform))}
        headers = {"X-Registry-Auth": registry_auth_header(None) if registry_auth is None else registry_auth}
        return self.json_stream("POST", "/images/{name}/push", name=name, query=query, headers=headers)

    async def tag(self, name: str, *, repo: str | None = None, tag: str | None = None) -> None:
        """POST /images/{name}/tag — 201, also when the tag was another image's before."""
        await self.unit("POST", "/images/{name}/tag", name=name, query={"repo": repo, "tag": tag})

    async def delete(
        self,
        name: str,
        *,
        force: bool | None = None,
        noprune: bool | None = None,
        platforms: Sequence[Platform] | None = None,
    ) -> JSON:
        """DELETE /images/{name} — what was untagged and deleted, 409 it is needed.

        `platforms` from API 1.50; several from 1.52.
        """
        query = {"force": force, "noprune": noprune, "platforms": encode_platforms("1.50", platforms)}
        return await self.json("DELETE", "/images/{name}", name=name, query=query, conflict=ImageInUse)

    async def search(self, *, term: str, limit: int | None = None, filters: Filters | None = None) -> JSON:
        """GET /images/search — of Docker Hub"""
        query = {"term": term, "limit": limit, "filters": encode_filters(filters)}
        return await self.json("GET", "/images/search", query=query, noun="")

    async def prune(self, *, filters: Filters | None = None) -> JSON:
        """POST /images/prune — `{"ImagesDeleted": null, "SpaceReclaimed": 0}`

        Without filters only untagged images go; `{"dangling": ["false"]}` means all that no container uses.
        """
        return await self.json("POST", "/images/prune", query={"filters": encode_filters(filters)})

    async def commit(
        self,
        body: Mapping[str, object] | None = None,
        *,
        container: str,
        repo: str | None = None,
        tag: str | None = None,
        comment: str | None = None,
        author: str | None = None,
        pause: bool | None = None,
        changes: Sequence[str] | None = None,
    ) -> JSON:
        """POST /commit — 201 `{"Id"}`

        `body` is a ContainerConfig laid over the container's own; `changes` are Dockerfile instructions. The
        container is paused meanwhile unless `pause=False`.
        """
        query = {
            "container": container,
            "repo": repo,
            "tag": tag,
            "comment": comment,
            "author": author,
            "pause": pause,
            "changes": _list(changes),
        }
        return await self.json("POST", "/commit", query=query, body=body, noun="container")

    def get(self, name: str, *, platform: Sequence[Platform] | None = None) -> ByteStream:
        """GET /images/{name}/get — a tar; `platform` from API 1.48, several from 1.52."""
        query = {"platform": encode_platforms("1.48", platform)}
        return self.stream("GET", "/images/{name}/get", name=name, query=query)

    def get_all(self, *, names: Sequence[str], platform: Sequence[Platform] | None = None) -> ByteStream:
        """GET /images/get — one tar of several images; `platform` from API 1.48, several from 1.52."""
        query = {"names": _list(names), "platform": encode_platforms("1.48", platform)}
        return self.stream("GET", "/images/get", query=query)

    def load(
        self, content: Body, *, quiet: bool | None = None, platform: Sequence[Platform] | None = None
    ) -> JSONStream:
        """POST /images/load — a stream of progress; a broken tar is an `errorDetail` in it.

        `quiet` is true unless said otherwise, and then progress is silent. `platform` from API 1.48, several
        from 1.52.
        """
        query = {"quiet": quiet, "platform": encode_platforms("1.48", platform)}
        return self.json_stream("POST", "/images/load", query=query, content=content, headers=TAR)


def _list(values: Sequence[str] | None) -> Sequence[str] | None:
    return list(values) if values else None


def _default_tag(reference: str | None) -> str | None:
    if reference is None or "@" in reference or ":" in reference.rpartition("/")[2]:
        return None
    return "latest"
