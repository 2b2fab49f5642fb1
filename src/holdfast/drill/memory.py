"""A system that exists on paper only, and a fault that breaks it: for drills in virtual time.

It is three hosts with one datastore each. A fault starts an outage of a known length for every
probe; the truth is therefore known, and what was measured can be held against it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from holdfast.drill.look import HostLook, Look, MemberLook
from holdfast.drill.openloop import Clock
from holdfast.drill.run import Bounds, Drill
from holdfast.drill.scene import Offset
from holdfast.drill.timeline import Event, Header
from holdfast.probes.memory import Down, MemoryProbe

HOSTS = ("n1", "n2", "n3")
DATASTORE = "accounts"
EDGE, WRITER, EXCUSED = "https edge", "postgresql via n2", "postgresql via n1"


@dataclass
class MemoryScene:
    """`sick` is told by every look while it is not empty; `forgets` are keys that one member
    lost; `heals` counts how often it was asked to heal."""

    clock: Clock
    probes: Sequence[MemoryProbe]
    primary: str = "n1"
    stuck: frozenset[str] = frozenset()
    forgets: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    said: list[Event] = field(default_factory=list)
    heals: int = 0

    async def heal(self) -> None:
        self.heals += 1

    async def offsets(self) -> Mapping[str, Offset]:
        return {host: Offset(0.0, 0.001) for host in HOSTS}

    async def look(self) -> Look:
        return Look({host: None if host in self.silent else self._host(host) for host in HOSTS})

    def _host(self, host: str) -> HostLook:
        """The log of every member that is not stuck grows with what the writers wrote."""
        written = 1 + sum(len(p.kept) for p in self.probes if p.ledger)
        member = MemberLook(
            role="primary" if host == self.primary else "replica",
            serving=host == self.primary,
            lsn=0 if host in self.stuck else written,
            routed=self.primary,
        )
        return HostLook(view=HOSTS, quorate=True, members={DATASTORE: member})

    async def events(self, since: float, offsets: Mapping[str, Offset]) -> Sequence[Event]:
        return [event for event in self.said if event.at >= since]

    async def ledger(self, name: str, run: str) -> Mapping[str, frozenset[str] | None]:
        kept = frozenset(key for p in self.probes for key in p.kept if key.startswith(run))
        every: dict[str, frozenset[str] | None] = dict.fromkeys(HOSTS, kept)
        every["n3"] = None if "n3" in self.silent else kept - self.forgets
        return every


@dataclass
class MemoryFault:
    """Breaks every probe of `scene` for `outage` seconds, and says what a steward would say."""

    scene: MemoryScene
    outage: float
    refuses: bool = False
    name: str = "power-off"
    host: str = "n1"
    healed: bool = False

    @contextlib.asynccontextmanager
    async def inject(self) -> AsyncIterator[float]:
        struck = self.scene.clock()
        down = Down(struck, struck + self.outage, self.refuses)
        for probe in self.scene.probes:
            probe.downs = (*probe.downs, down)
        self.scene.primary = "n2"
        self.scene.said += _election(struck, self.outage)
        try:
            yield struck
        finally:
            self.healed = True


@dataclass
class MemoryDrill:
    """A whole drill on paper: its parts may be changed before `made()` puts them together. The
    victim is n1, which was primary; its own entry point is excused."""

    clock: Clock
    outage: float = 0.9
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.probes = [
            MemoryProbe(EDGE, self.clock, lanes=50),
            MemoryProbe(WRITER, self.clock, ledger=DATASTORE),
            MemoryProbe(EXCUSED, self.clock, ledger=DATASTORE),
        ]
        self.scene = MemoryScene(self.clock, self.probes)
        self.fault = MemoryFault(self.scene, self.outage)

    def made(self) -> Drill:
        header = Header(
            drill=self.fault.name,
            victim=f"primary:{DATASTORE}",
            victim_host=self.fault.host,
            was=f"primary of {DATASTORE}",
            system="paper",
            timers="fast",
            started_at=self.clock(),
            objectives=dict.fromkeys((p.name for p in self.probes), 1.5),
            periods={p.name: p.period for p in self.probes},
            excused=(EXCUSED,),
            timer_values={"corosync.token_ms": 300},
        )
        return Drill(
            header=header,
            run="r1",
            fault=self.fault,
            probes=self.probes,
            scene=self.scene,
            datastores={DATASTORE: HOSTS},
            clock=self.clock,
            talk=self.said.append,
            bounds=Bounds(gate=5.0, recover=10.0),
        )


def _election(struck: float, outage: float) -> list[Event]:
    """The words of an election that takes the whole outage, in equal steps."""
    course = (
        ("corosync", "members", "n2", "n2 n3"),
        ("steward", "view", "n2", "n2 n3"),
        ("steward", "promise", "n3", "term 8"),
        ("steward", "elected", "n2", "term 8"),
        ("steward", "promoted", "n2", "term 8"),
        ("steward", "serving", "n2", "term 8"),
        ("steward", "routed", "n3", "to n2"),
    )
    return [
        Event(
            at=struck + outage * (0.6 + 0.4 * place / len(course)),
            source=source,
            kind=kind,
            host=host,
            detail=detail,
            about=DATASTORE if source == "steward" else "",
        )
        for place, (source, kind, host, detail) in enumerate(course)
    ]
