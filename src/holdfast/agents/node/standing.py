"""What a node agent knows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .protocol import Grade, Seen, Settings

NOBODY = Seen(at=0, ring=(0, 0), agents=(), nodes=())


@dataclass(frozen=True)
class Kept:
    """What outlives the agent, but not the host. `quorate`: it has been, since the host booted.
    `since`: when it ceased to be. `stopped`: the host's workloads have been ordered to stop."""

    quorate: bool = False
    since: int | None = None
    stopped: bool = False


@dataclass(frozen=True)
class Lost:
    """A node that is not in the ring. `since`: of this ring, which is a majority without it.
    `minded`: its agent was there when it went, and will stop its workloads. `own`: what this host
    hears of it. `silent`: agents of this view that hear nothing."""

    since: int
    minded: bool
    own: bool | None = None
    silent: frozenset[str] = frozenset()
    off: bool = False


@dataclass(frozen=True)
class Agent:
    """`now`: the last time that it was told. `parted`: when agents left whose nodes stayed.
    `busy`: orders under way. `done`: what this agent has achieved and nobody has undone.
    `resting`: nodes about whom an order has just failed."""

    settings: Settings
    kept: Kept
    now: int = 0
    seen: Seen = NOBODY
    parted: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, Lost] = field(default_factory=dict)
    busy: Mapping[str, Grade] = field(default_factory=dict)
    done: Mapping[str, Grade] = field(default_factory=dict)
    resting: frozenset[str] = frozenset()
    recheck_at: int = 0


def quorate(agent: Agent) -> bool:
    """A majority of agents: each has looked for itself."""
    return 2 * len(agent.seen.agents) > len(agent.settings.nodes)


def acts(agent: Agent) -> bool:
    """One of a majority does, the same for all who have the same view."""
    return quorate(agent) and min(agent.seen.agents) == agent.settings.name


def wanted(agent: Agent, node: str) -> Grade | None:
    """What this agent should do about `node`; None for nothing at all."""
    if not acts(agent):
        return None
    if node in agent.seen.nodes:
        return Grade.CLEAN
    lost = agent.lost[node]
    if not lost.silent.issuperset(agent.seen.agents):
        return None
    return Grade.GONE if _certain(agent, lost) else Grade.LOST


def _certain(agent: Agent, lost: Lost) -> bool:
    over = agent.now - lost.since >= agent.settings.certain_ms
    return lost.off or (lost.minded and over)
