"""One power cut of a cluster's node, from a plan to a kept run."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.cluster.kubeconfigs import by_path
from holdfast.cluster.kubectl import Kubectl
from holdfast.cluster.model import ClusterPlan
from holdfast.converge.access import Entrance, Keys, entrances, servers
from holdfast.converge.onlookers import Onlookers, Service
from holdfast.converge.scene import ClusterScene
from holdfast.converge.stage import Cast, cast, looked_at, patience_s, timer_values
from holdfast.converge.watching import Watching
from holdfast.converge.workload import Workload
from holdfast.drill.doors import Doors
from holdfast.drill.folder import RunFolder, stamp
from holdfast.drill.look import ailments
from holdfast.drill.openloop import Clock, realtime
from holdfast.drill.record import Recorder
from holdfast.drill.run import Bounds, Drill, perform
from holdfast.drill.session import machine
from holdfast.drill.timeline import Header
from holdfast.drill.urgency import urgent
from holdfast.errors import DrillRefused, InputError
from holdfast.hosts.connect import connect
from holdfast.lab import faults
from holdfast.lab.place import Lab

_EXPIRY_MARGIN_S = 60.0
_GATE_S, _HOLD_S, _RECOVER_S = 60.0, 3.0, 180.0
_TRIES = 3
_POLL_S = 1.0


@dataclass(frozen=True)
class Session:
    """What is asked for. `program`: kubectl. `state`: where the cluster's keys are. `runs`: where
    runs are kept. `watch_s`: how long at most; None leaves it to the timers. `talk` hears one line
    per step, with the seconds since the start."""

    plan: ClusterPlan
    victim: str
    program: Path
    state: Path
    runs: Path
    watch_s: float | None
    talk: Callable[[float, str], None]

    @property
    def most_s(self) -> float:
        return patience_s(self.plan) if self.watch_s is None else self.watch_s


async def cut(session: Session) -> RunFolder:
    """Cut the victim's power, watch, heal; the folder has its timeline, also when it ended early.

    Raises DrillRefused for a cluster that is not healthy, InputError for a victim that is none,
    EnvironmentFailure when no host answers or the cluster does not do what it is told.
    """
    clock = realtime()
    doors = Doors({host.name: connect(host) for host in session.plan.hosts}, clock)
    with tempfile.TemporaryDirectory(prefix="holdfast-converge-") as own:
        try:
            return await _Cut(session, doors, Path(own), clock).held()
        finally:
            await asyncio.gather(*(door.close() for door in doors.doors.values()))


class _Cut:
    def __init__(self, session: Session, doors: Doors, own: Path, clock: Clock) -> None:
        self._session, self._doors, self._own, self._clock = session, doors, own, clock
        self._started = clock()
        self._keys = Keys.of(session.state)
        self._tls = self._keys.tls()
        self._lab = Lab.here()
        self._scene = ClusterScene(
            session.plan, doors, self._tls, lambda: faults.heal_all(self._lab)
        )

    async def held(self) -> RunFolder:
        plan = self._session.plan
        await self._scene.heal()
        folder = RunFolder.make(self._session.runs, kind(plan), self._started)
        folder.write("plan.json", plan.model_dump_json(indent=1))
        self._talk(f"keeping everything in {folder.path}/")
        workload = Workload(plan, self._kubectl(servers(plan)[0]))
        victim, was = await self._arranged(workload, folder)
        if not plan.host(victim).fence.lab:
            raise InputError(f"the power of {victim} cannot be cut from here", hint="use the lab")
        services = looked_at(await workload.addresses())
        await self._perform(folder, victim, was, services)
        for host, text in self._scene.journals.items():
            folder.keep_log(host, text)
        return folder

    async def _arranged(self, workload: Workload, folder: RunFolder) -> tuple[str, str]:
        """The victim, with its pods in place, and what it is. Roles may wander meanwhile."""
        nodes = [node.name for node in self._session.plan.nodes]
        await self._healthy()
        for _ in range(_TRIES):
            victim = (await self._scene.roles()).victim(self._session.victim, nodes)
            self._talk(f"putting a pod of its own on {victim}")
            await workload.arrange(victim, folder.path)
            roles = await self._scene.roles()
            if roles.victim(self._session.victim, nodes) == victim:
                self._talk(f"{victim} is {roles.of(victim) or 'the leader of nothing'}")
                return victim, roles.of(victim)
        raise DrillRefused(
            f"the {self._session.victim} is another node each time that one looks",
            hint="is this machine busy? name a node instead",
        )

    async def _healthy(self) -> None:
        """Return when every node is Ready, as each API server says. Raises DrillRefused."""
        for _ in range(int(_GATE_S / _POLL_S)):
            look = await self._scene.look()
            found = ailments(look, look, {})
            if not found:
                return
            await asyncio.sleep(_POLL_S)
        raise DrillRefused(
            "the cluster is not healthy: " + "; ".join(found),
            hint="is it up? holdfast lab up --cluster",
        )

    async def _perform(
        self, folder: RunFolder, victim: str, was: str, services: Sequence[Service]
    ) -> None:
        plan, most_s = self._session.plan, self._session.most_s
        ways = entrances(plan, victim)
        kubectl = {way.name: self._kubectl(way) for way in ways}
        asking = cast(plan, ways, victim, self._tls, kubectl)
        survivors = [node.name for node in plan.nodes if node.name != victim]
        doors = [self._doors.doors[name] for name in survivors]
        onlookers = Onlookers(doors, services, most_s + _RECOVER_S + _EXPIRY_MARGIN_S)
        self._scene.onlookers = onlookers
        drill = Drill(
            header=self._header(victim, was, periods(asking, services, survivors)),
            run=stamp(self._started),
            fault=faults.power_off(self._lab, victim, most_s + _EXPIRY_MARGIN_S),
            probes=[each.probe for each in asking],
            scene=self._scene,
            datastores={},
            clock=self._clock,
            talk=self._talk,
            bounds=Bounds(gate=_GATE_S, hold=_HOLD_S, most=most_s, recover=_RECOVER_S),
        )
        with urgent(), Recorder(folder.timeline) as recorder:
            own = [each for each in servers(plan) if each.name in survivors]
            watching = Watching(ways, own, self._tls, self._clock, recorder.add)
            async with onlookers.on(), watching.on():
                await perform(drill, recorder)

    def _header(self, victim: str, was: str, asked: Mapping[str, tuple[str, float]]) -> Header:
        """`asked`: group and period of each probe."""
        plan = self._session.plan
        return Header(
            drill="power-off",
            victim=self._session.victim,
            victim_host=victim,
            was=was,
            system=plan.system,
            timers=plan.timers.profile,
            endpoint=f"{plan.endpoint.design} {plan.endpoint.program}",
            node_agent=plan.node_agent,
            started_at=self._started,
            objectives={},
            periods={name: period for name, (_, period) in asked.items()},
            groups={name: group for name, (group, _) in asked.items()},
            timer_values=timer_values(plan),
            machine=machine() | {"kubernetes": plan.version},
        )

    def _kubectl(self, way: Entrance) -> Kubectl:
        """Keys stay where they are: the kubeconfig only names them."""
        folder = self._own / way.name.replace(" ", "-")
        folder.mkdir(exist_ok=True)
        kept, keys = folder / "kubeconfig", self._keys
        kept.write_text(by_path(way.url, str(keys.ca), str(keys.cert), str(keys.key)))
        return Kubectl(self._session.program, kept)

    def _talk(self, line: str) -> None:
        self._session.talk(self._clock() - self._started, line)


def kind(plan: ClusterPlan) -> str:
    """The folder that cuts of this kind of cluster are kept in."""
    agent = "-agent" if plan.node_agent else ""
    return f"converge-{plan.timers.profile}-{plan.endpoint.design}{agent}"


def periods(
    asking: Sequence[Cast], services: Sequence[Service], nodes: Sequence[str]
) -> dict[str, tuple[str, float]]:
    """Group and period of every probe by its name, from here and from the nodes."""
    here = {each.probe.name: (each.group, each.probe.period) for each in asking}
    there = {
        service.on(node): (service.group, service.period) for service in services for node in nodes
    }
    return here | there
