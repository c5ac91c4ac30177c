"""The gateway: pages, letters and files of the home, and every route passed on to the process of its service."""

from collections.abc import Mapping

from starlette.responses import Response

from stoa.app.front import Front
from stoa.kit.auth.context import surrounded
from stoa.kit.clock import Clock
from stoa.kit.conferences import PageSources
from stoa.kit.engines.ports.proxy import Proxy
from stoa.kit.http.app import AsgiApp, Receive, Scope, Send
from stoa.kit.http.lifecycle import Lifecycle
from stoa.kit.http.openapi import document_of
from stoa.kit.http.reply import json_reply
from stoa.kit.http.requests import traceparent_of
from stoa.kit.manifest import Manifest, Urls
from stoa.kit.telemetry.tracing import Tracing
from stoa.topology import TopologyInvalid

_API = "/api/v1/"
_MOST_IN_FLIGHT = 2_048


class Gateway:
    """The one process that browsers reach; it knows no service's insides, only where each one answers."""

    def __init__(
        self,
        manifests: Mapping[str, Manifest],
        addresses: Mapping[str, str],
        *,
        urls: Urls,
        clock: Clock,
        files: Mapping[str, AsgiApp],
        tracing: Tracing,
        sources: PageSources,
    ) -> None:
        self._tracing = tracing
        self._proxies = {name: Proxy(address) for name, address in addresses.items()}
        self._owners = {first: self._proxies[name] for first, name in owners_of(manifests).items()}
        self._owners["/.well-known"] = self._proxies["identity"]
        self._files = files
        self._front = Front(urls, api=lambda: self._answer, sources=sources, beside=files)
        routes = [route for one in manifests.values() for router in one.routers for route in router.routes]
        self._openapi = document_of(routes, title="Stoa", version="0")
        readiness = {name: proxy.check for name, proxy in self._proxies.items()}
        self.lifecycle = Lifecycle(most_in_flight=_MOST_IN_FLIGHT, readiness=readiness, clock=clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http":
            return
        self.lifecycle.in_flight += 1
        try:
            await self._answer(scope, receive, send)
        finally:
            self.lifecycle.left()

    async def close(self) -> None:
        """Close the connections to the services."""
        for proxy in self._proxies.values():
            await proxy.close()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._owner_of(scope["path"]) or self._front.pages
        if not self._tracing.is_on:
            await app(scope, receive, send)
            return
        # The part of a path by which its owner is known, never the whole: ids in names make no two spans alike.
        name = f"gateway {scope['method']} {first_of(scope['path'])}"
        came = traceparent_of(dict(scope["headers"]))
        with surrounded(traceparent=came) as here, self._tracing.span(name, kind="server"):
            headers = [one for one in scope["headers"] if one[0] != b"traceparent"]
            headers.append((b"traceparent", (here.traceparent or "").encode()))
            await app({**scope, "headers": headers}, receive, send)

    def _owner_of(self, path: str) -> AsgiApp | None:
        if path == "/livez":
            return Response("ok\n", media_type="text/plain")
        if path == "/readyz":
            return self._ready
        if path == "/api/openapi.json":
            return Response(self._openapi, media_type="application/json", headers={"cache-control": "no-cache"})
        if path in self._front.mounts:
            return self._front.mounts[path]
        owner = self._owners.get(first_of(path))
        if owner is None and path.startswith("/api/"):
            # Any service says what there is not as the platform of one process does; the pages would answer 200.
            return self._proxies["identity"]
        return owner or self._files.get(path) or self._files.get(first_of(path))

    async def _ready(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ready, checks = await self.lifecycle.readiness()
        reply = json_reply(200 if is_ready else 503, {"ready": is_ready, "checks": checks})
        await Response(reply.body, reply.status, media_type="application/json")(scope, receive, send)


def first_of(path: str) -> str:
    """Return the part of a path by which its owner is known: /api/v1/learn of /api/v1/learn/x, /media of /media/y."""
    if path.startswith(_API):
        return _API + path.removeprefix(_API).split("/", 1)[0]
    return "/" + path[1:].split("/", 1)[0]


def owners_of(manifests: Mapping[str, Manifest]) -> dict[str, str]:
    """Return which service answers below each first part; two for one part is an error of the house."""
    owners: dict[str, str] = {}
    for name, manifest in manifests.items():
        for route in (route for router in manifest.routers for route in router.routes):
            first = first_of(route.path)
            if owners.setdefault(first, name) != name:
                raise TopologyInvalid(f"{name} and {owners[first]} both answer below {first}")
    return owners
