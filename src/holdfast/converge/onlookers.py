"""Onlookers on the surviving nodes: started, ended, and what they saw fetched."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from holdfast.drill.scene import Offset
from holdfast.drill.timeline import Event, Sample
from holdfast.errors import HostError
from holdfast.hosts.base import Transport
from holdfast.platforms.machines.gather import read_agent

_FOLDER = "/run/holdfast-onlooker"
_UNIT = "holdfast-onlooker.service"
_LOOK, _LINES = f"{_FOLDER}/look.json", f"{_FOLDER}/lines.jsonl"
_LOOKS, _POLL_S = 60, 0.25

Seen = Event | Sample


@dataclass(frozen=True)
class Service:
    """What is asked for on every node: a probe but for the node it asks on."""

    group: str
    address: str
    port: int
    period: float = 0.1
    deadline: float = 1.0

    def on(self, host: str) -> str:
        """The probe's name."""
        return f"{self.group} on {host}"


@dataclass
class Onlookers:
    """`doors`: of the nodes that look on. `most_s`: after so many seconds they end by themselves.
    `told`: each one's lines, once they have ended."""

    doors: Sequence[Transport]
    services: Sequence[Service]
    most_s: float
    told: dict[str, str] = field(default_factory=dict)
    ended: bool = False

    @contextlib.asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        """Raises HostError for a node that cannot look on."""
        try:
            await asyncio.gather(*(self._begin(door) for door in self.doors))
            yield
        finally:
            await self.end()

    async def end(self) -> None:
        """End them and fetch what they saw, unless that was done. A node that has stopped
        answering has nothing more to tell."""
        if not self.ended:
            self.ended = True
            await asyncio.gather(*(self._end(door) for door in self.doors))

    async def _begin(self, door: Transport) -> None:
        await self._stop(door)
        made = await door.run("mkdir", "-p", f"{_FOLDER}/onlooker")
        if not made.ok:
            raise HostError(door.host, "look on", made.err.strip())
        for name, source in read_agent("onlooker").items():
            await door.put(f"{_FOLDER}/onlooker/{name}", source.content)
        await door.put(_LOOK, json.dumps({"probes": self._probes(door.host)}))
        await door.run("rm", "-f", _LINES)
        begun = await door.run(
            *("systemd-run", "--quiet", "--collect", f"--unit={_UNIT}"),
            *("--property=CPUWeight=1000", f"--property=RuntimeMaxSec={self.most_s:.0f}"),
            f"--working-directory={_FOLDER}",
            *("python3", "-m", "onlooker", _LOOK, _LINES),
        )
        if not begun.ok:
            raise HostError(door.host, "look on", begun.err.strip())
        await self._at_work(door)

    async def _at_work(self, door: Transport) -> None:
        """Return when it has seen something."""
        for _ in range(_LOOKS):
            if (await door.run("test", "-s", _LINES)).ok:
                return
            await asyncio.sleep(_POLL_S)
        said = await door.run("journalctl", "--no-pager", "--output=cat", "-n5", f"--unit={_UNIT}")
        raise HostError(door.host, "look on", said.out.strip() or "it sees nothing")

    async def _end(self, door: Transport) -> None:
        with contextlib.suppress(HostError):
            await self._stop(door)
            self.told[door.host] = await door.get(_LINES)

    async def _stop(self, door: Transport) -> None:
        await door.run("systemctl", "stop", _UNIT)

    def _probes(self, host: str) -> list[dict[str, Any]]:
        return [
            {
                "name": service.on(host),
                "address": service.address,
                "port": service.port,
                "path": "/",
                "period": service.period,
                "deadline": service.deadline,
            }
            for service in self.services
        ]

    def seen(self, offsets: Mapping[str, Offset]) -> list[Seen]:
        """Everything, on our clock."""
        found: list[Seen] = []
        for host, text in self.told.items():
            offset = offsets.get(host, Offset(0.0, 0.0)).seconds
            found += [line for row in text.splitlines() if (line := _line(row, host, offset))]
        return found


def _line(row: str, host: str, offset: float) -> Seen | None:
    """None for a row that is broken off."""
    try:
        words = json.loads(row)
        if words["line"] == "event":
            event = Event(**{**words, "host": host})
            return event.model_copy(update={"at": event.at - offset})
        sample = Sample(**words)
    except (ValueError, ValidationError, KeyError, TypeError):
        return None
    times = ("intended", "sent", "done")
    return sample.model_copy(update={name: getattr(sample, name) - offset for name in times})
