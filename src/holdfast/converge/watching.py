"""Following a cluster's objects, and a client's long watch, for as long as the context lasts.

Objects are followed at every API server itself, so that what a balancer does is no part of when we
hear of them. The long watch goes the clients' way: it shows when a connection that hangs on a dead
API server ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from holdfast.converge import kinds
from holdfast.converge.access import Entrance
from holdfast.converge.objects import Known
from holdfast.drill.openloop import Clock
from holdfast.drill.timeline import Event

PATHS = {
    "nodes": "/api/v1/nodes",
    "pods": "/api/v1/namespaces/default/pods",
    "endpointslices": "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
    "component leases": "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases",
    "node leases": "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases",
}
_PAUSE_S = 0.2
_CONNECT_S = 2.0
_QUIET_S = 3600.0
_LONG = 3
"""Long watches per way: where a balancer takes turns, one for each API server."""

Keep = Callable[[Event], None]


@dataclass
class Watching:
    """`ways`: where clients enter. `servers`: whom objects are followed at."""

    ways: Sequence[Entrance]
    servers: Sequence[Entrance]
    tls: ssl.SSLContext
    clock: Clock
    keep: Keep

    @contextlib.asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        """Returns into the context when every kind of object was listed at every server."""
        known = Known()
        listed = [asyncio.Event() for _ in range(len(self.servers) * len(PATHS))]
        pairs = [(server, what) for server in self.servers for what in PATHS]
        work = [
            asyncio.create_task(self._follow(server, what, known, done))
            for (server, what), done in zip(pairs, listed, strict=True)
        ]
        work += [
            asyncio.create_task(self._long(way, str(number)))
            for way in self.ways
            for number in range(_LONG)
        ]
        try:
            await asyncio.gather(*(done.wait() for done in listed))
            yield
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    def _client(self, entrance: Entrance) -> httpx2.AsyncClient:
        limits = httpx2.Timeout(_CONNECT_S, read=_QUIET_S)
        return httpx2.AsyncClient(
            base_url=entrance.url, verify=self.tls, timeout=limits, trust_env=False
        )

    async def _follow(
        self, server: Entrance, what: str, known: Known, listed: asyncio.Event
    ) -> None:
        """List, watch, and begin anew when the watch ends. Never returns."""
        async with self._client(server) as client:
            while True:
                with contextlib.suppress(httpx2.HTTPError, ValueError, KeyError):
                    answer = await client.get(PATHS[what], timeout=_CONNECT_S)
                    answer.raise_for_status()
                    listing = answer.json()
                    for item in listing["items"]:
                        self._tell(known, what, item, gone=False)
                    known.listed(what)
                    listed.set()
                    version = listing["metadata"]["resourceVersion"]
                    async for change in _changes(client, PATHS[what], version):
                        self._tell(known, what, change["object"], change["type"] == "DELETED")
                await asyncio.sleep(_PAUSE_S)

    def _tell(self, known: Known, what: str, item: dict[str, Any], gone: bool) -> None:
        for event in known.told(what, item, self.clock(), gone):
            self.keep(event)

    async def _long(self, way: Entrance, which: str) -> None:
        """A client that watches nodes through the endpoint, and comes back when it is thrown out.
        Never returns."""
        async with self._client(way) as client:
            while True:
                why = "ended"
                try:
                    async with client.stream("GET", PATHS["nodes"], params={"watch": "1"}) as told:
                        told.raise_for_status()
                        self._note(way, kinds.OPENED, which)
                        async for _ in told.aiter_bytes():
                            self._note(way, kinds.TOLD, which)
                except httpx2.HTTPError as error:
                    why = str(error) or type(error).__name__
                self._note(way, kinds.CLOSED, which, why)
                await asyncio.sleep(_PAUSE_S)

    def _note(self, way: Entrance, kind: str, which: str, why: str = "") -> None:
        self.keep(
            Event(
                at=self.clock(),
                source=kinds.WATCH,
                kind=kind,
                host=way.name,
                about=which,
                detail=why,
            )
        )


async def _changes(
    client: httpx2.AsyncClient, path: str, version: str
) -> AsyncIterator[dict[str, Any]]:
    """Raises ValueError when the server no longer knows of that version."""
    asked = {"watch": "1", "resourceVersion": version}
    async with client.stream("GET", path, params=asked) as told:
        told.raise_for_status()
        async for line in told.aiter_lines():
            change = json.loads(line)
            if change["type"] == "ERROR":
                raise ValueError(change["object"].get("message", "the watch failed"))
            yield change
