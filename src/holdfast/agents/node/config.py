"""What the plan has decided for this node: `/etc/holdfast/node.json`, read once at start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .api import Door
from .protocol import Settings

DEFAULT = Path("/etc/holdfast/node.json")


@dataclass(frozen=True)
class Bmc:
    """`url`: of the host's ComputerSystem. `ca`: a PEM file, or empty for those the host
    believes."""

    url: str
    user: str
    password: str
    ca: str


@dataclass(frozen=True)
class Node:
    name: str
    node_id: int
    address: str
    bmc: Bmc | None


@dataclass(frozen=True)
class Timers:
    """All in milliseconds but the last."""

    knock_every_ms: int
    knock_timeout_ms: int
    knocks: int
    alone_ms: int
    margin_ms: int
    recheck_ms: int
    api_ms: int
    bmc_every_ms: int
    watchdog_s: int


@dataclass(frozen=True)
class Config:
    host: str
    nodes: tuple[Node, ...]
    door: Door
    kept: Path
    timers: Timers

    @property
    def settings(self) -> Settings:
        timers = self.timers
        names = tuple(node.name for node in self.nodes)
        certain = timers.alone_ms + timers.margin_ms
        return Settings(self.host, names, timers.alone_ms, certain, timers.recheck_ms)

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)


def load(path: Path = DEFAULT) -> Config:
    """Raises OSError, ValueError, KeyError or TypeError on a file that is not what it should be."""
    return parse(json.loads(path.read_text()))


def parse(raw: Mapping[str, Any]) -> Config:
    timers, api = Timers(**raw["timers"]), raw["api"]
    door = Door(
        api["address"], api["port"], api["ca"], api["cert"], api["key"], timers.api_ms / 1000
    )
    nodes = tuple(
        Node(each["name"], each["node_id"], each["address"], _bmc(each.get("bmc")))
        for each in raw["nodes"]
    )
    return Config(raw["host"], nodes, door, Path(raw["kept"]), timers)


def _bmc(raw: Mapping[str, str] | None) -> Bmc | None:
    return None if raw is None else Bmc(raw["url"], raw["user"], raw["password"], raw["ca"])
