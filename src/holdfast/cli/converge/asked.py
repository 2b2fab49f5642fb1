"""What is to be predicted: a spec's system, or a profile and what happens to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from pydantic import BaseModel, ValidationError

from holdfast.cli.options import json_option
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.converge.model.access import Part
    from holdfast.converge.model.story import Story
    from holdfast.timers.cluster.model import ClusterTimers
    from holdfast.timers.model import Timers

Function = TypeVar("Function", bound=Callable[..., Any])
T = TypeVar("T", bound=BaseModel)

_LED = "etcd,controllers,scheduler"


@dataclass(frozen=True)
class Asked:
    """The options, under the names that click gives them."""

    spec: Path
    timers: str | None
    platform: str | None
    endpoint: str | None
    balancer: str | None
    led: str
    node_agent: bool | None
    drill: str
    engine: str
    everything: bool
    pace: Path | None
    draws: int
    seed: int
    as_json: bool


@dataclass(frozen=True)
class Question:
    """`make` tells the same story with other timers."""

    timers: ClusterTimers | Timers
    make: Callable[[Any], Story]

    @property
    def story(self) -> Story:
        return self.make(self.timers)


_SOURCE = (
    click.option(
        "-f",
        "--file",
        "spec",
        type=click.Path(path_type=Path),
        default="holdfast.yaml",
        show_default=True,
        help="The spec; not read when --timers is given.",
    ),
    click.option(
        "--timers",
        metavar="PROFILE|FILE",
        help="A profile, or a file that `holdfast converge import` has written.",
    ),
    click.option(
        "--platform",
        type=click.Choice(["cluster", "machines"]),
        help="Of a profile: cluster unless you say otherwise.",
    ),
)

_EVENT = (
    click.option(
        "--endpoint",
        type=click.Choice(["per-node", "outside"]),
        help="Cluster: where the balancers are.",
    ),
    click.option(
        "--balancer",
        type=click.Choice(["haproxy", "nginx"]),
        help="Cluster: what balances on an outside pair.",
    ),
    click.option(
        "--led",
        default=_LED,
        show_default=True,
        metavar="PARTS",
        help="Cluster: what the lost node was the leader of; 'none' for nothing.",
    ),
    click.option(
        "--node-agent/--no-node-agent",
        "node_agent",
        default=None,
        help="Cluster: whether nodes have agents that act on a lost one.",
    ),
    click.option(
        "--drill",
        type=click.Choice(["power-off", "link-cut", "kill", "freeze", "handover"]),
        default="power-off",
        show_default=True,
        help="Machines: what happens to a primary.",
    ),
    click.option(
        "--engine",
        type=click.Choice(["postgresql", "mysql", "redis"]),
        default="postgresql",
        show_default=True,
        help="Machines: the primary of what.",
    ),
    click.option(
        "--all-roles",
        "everything",
        is_flag=True,
        help="Machines: its host leads every other store of a whole shop as well.",
    ),
)

_CHANCE = (
    click.option(
        "--pace",
        type=click.Path(path_type=Path, dir_okay=False),
        help='How fast your machines work, as JSON: {"run": {"p50": 2, "p90": 4}}.',
    ),
    click.option(
        "--draws",
        type=click.IntRange(min=100, max=5_000_000),
        default=100_000,
        show_default=True,
        help="How often chance is asked.",
    ),
    click.option("--seed", type=int, default=0, show_default=True, help="Of chance."),
    json_option,
)


def question_options(function: Function) -> Function:
    """Options of every verb that predicts; passed on under the names of `Asked`."""
    for option in reversed((*_SOURCE, *_EVENT, *_CHANCE)):
        function = option(function)
    return function


def question(asked: Asked) -> Question:
    """Raises InputError for what is no spec, no profile, no timers, or does not fit together."""
    if asked.timers is None:
        return _of_spec(asked)
    if asked.timers.endswith((".json", ".yaml")):
        return _of_file(asked, Path(asked.timers))
    from holdfast.timers import profiles as machines
    from holdfast.timers.cluster import profiles as clusters

    wants_machines = asked.platform == "machines"
    known: dict[str, Any] = {**(machines if wants_machines else clusters).PROFILES}
    if asked.timers not in known:
        raise InputError(
            f"there is no profile {asked.timers}",
            hint=f"one of {', '.join(known)}, or a .json or .yaml",
        )
    timers = known[asked.timers]
    return _of_machines(asked, timers) if wants_machines else _of_cluster(asked, timers)


def _of_spec(asked: Asked) -> Question:
    from holdfast.cli.entry import sound
    from holdfast.cluster.plan import build as build_cluster
    from holdfast.plan.build import build

    seen = sound(asked.spec)
    if seen.system.cluster is None:
        return _of_machines(asked, build(seen.system, seen.inventory).timers)
    plan = build_cluster(seen.system.system, seen.system.cluster, seen.inventory)
    endpoint = plan.endpoint
    return _of_cluster(asked, plan.timers, endpoint.design, endpoint.program, plan.node_agent)


def _of_file(asked: Asked, path: Path) -> Question:
    """A file whose timers know etcd is a cluster's."""
    from holdfast.timers.cluster.model import ClusterTimers
    from holdfast.timers.model import Timers

    if path.suffix == ".yaml":
        return _of_block(asked, path)
    data = read_json(path)
    found = data.get("timers", data)
    if not isinstance(found, dict):
        raise InputError(f"{path} has no timers", hint="holdfast converge import --json")
    if "etcd" in found:
        return _of_cluster(asked, checked(ClusterTimers, found, path))
    return _of_machines(asked, checked(Timers, found, path))


def _of_block(asked: Asked, path: Path) -> Question:
    """As `holdfast converge import -o` writes them."""
    from holdfast.converge.imported.block import timers_of
    from holdfast.converge.imported.files import source_of
    from holdfast.timers.model import Timers

    timers = timers_of(source_of(path).text, str(path))
    if isinstance(timers, Timers):
        return _of_machines(asked, timers)
    return _of_cluster(asked, timers)


def _of_cluster(
    asked: Asked,
    timers: ClusterTimers,
    endpoint: Any = "per-node",
    balancer: Any = "haproxy",
    agent: bool = False,
) -> Question:
    from holdfast.converge.model.access import Design
    from holdfast.converge.model.cluster import story
    from holdfast.converge.model.pace import ClusterPace

    where: Any = asked.endpoint or endpoint
    what: Any = asked.balancer or balancer
    if where == "per-node" and what == "nginx":
        raise InputError("on nodes it is haproxy that balances", hint="--endpoint outside")
    led, pace = _led(asked.led), _pace(ClusterPace, asked.pace)
    guarded = agent if asked.node_agent is None else asked.node_agent
    return Question(
        timers, lambda own: story(Design(own, where, what, led, agent=guarded, pace=pace))
    )


def _of_machines(asked: Asked, timers: Timers) -> Question:
    from holdfast.converge.model.machines import Loss, story
    from holdfast.converge.model.pace import MachinesPace

    if asked.endpoint or asked.balancer or asked.node_agent:
        raise InputError("machines have no endpoint of an API", hint="leave --endpoint away")
    pace = _pace(MachinesPace, asked.pace)
    drill: Any = asked.drill
    engine: Any = asked.engine
    alone = not asked.everything
    return Question(timers, lambda own: story(Loss(own, drill, engine, alone, pace=pace)))


def _led(words: str) -> frozenset[Part]:
    from holdfast.converge.model.access import LEADERS

    named = frozenset() if words == "none" else frozenset(words.split(","))
    if unknown := named - LEADERS:
        raise InputError(
            f"nothing is led under the name of {', '.join(sorted(unknown))}",
            hint=f"{_LED}, some of them, or none",
        )
    return frozenset(part for part in LEADERS if part in named)


def _pace(model: type[T], path: Path | None) -> T:
    return model() if path is None else checked(model, read_json(path), path)


def checked(model: type[T], data: Any, path: Path) -> T:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(
            f"{path}: {place}: {first['msg']}", hint="compare it with --help"
        ) from None


def read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}", hint="it is to be JSON") from error
    if not isinstance(data, dict):
        raise InputError(f"{path} is no JSON object", hint="it is to be an object, {...}")
    return data
