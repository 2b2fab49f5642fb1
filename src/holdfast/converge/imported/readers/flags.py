"""Command lines of etcd and Kubernetes' components: which flag is which timer, listener, target.

The flags' names: `etcd --help`, `kube-apiserver --help` and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from holdfast.converge.imported import durations
from holdfast.converge.imported.readers.words import endpoint, fact
from holdfast.converge.imported.reading import (
    Fact,
    Listener,
    Member,
    Reading,
    Source,
    Target,
    broken,
    last,
)

COMPONENTS = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "kubelet",
    "etcd",
)

Convert = Callable[[str], int]


def _leases(part: str) -> dict[str, tuple[str, Convert]]:
    return {
        "leader-elect-lease-duration": (f"{part}.leases.duration_ms", durations.go),
        "leader-elect-renew-deadline": (f"{part}.leases.renew_ms", durations.go),
        "leader-elect-retry-period": (f"{part}.leases.retry_ms", durations.go),
    }


TIMERS: Mapping[str, Mapping[str, tuple[str, Convert]]] = {
    "etcd": {
        "heartbeat-interval": ("etcd.heartbeat_ms", durations.milliseconds),
        "election-timeout": ("etcd.election_ms", durations.milliseconds),
    },
    "kube-apiserver": {
        "default-not-ready-toleration-seconds": ("apiserver.not_ready_s", int),
        "default-unreachable-toleration-seconds": ("apiserver.unreachable_s", int),
    },
    "kube-controller-manager": {
        "node-monitor-period": ("controller_manager.monitor_ms", durations.go),
        "node-monitor-grace-period": ("controller_manager.grace_ms", durations.go),
        **_leases("controller_manager"),
    },
    "kube-scheduler": _leases("scheduler"),
    "kubelet": {"node-status-update-frequency": ("kubelet.status_ms", durations.go)},
    "kube-proxy": {
        f"{mode}-{flag}": (f"kube_proxy.{key}", durations.go)
        for mode in ("iptables", "ipvs")
        for flag, key in (("sync-period", "sync_ms"), ("min-sync-period", "min_sync_ms"))
    },
}

ENVIRONMENT = {
    "HTTP2_READ_IDLE_TIMEOUT_SECONDS": "connections.read_idle_s",
    "HTTP2_PING_TIMEOUT_SECONDS": "connections.ping_s",
}

_PORTS = {"kube-apiserver": ("secure-port", "bind-address", 6443)}
_SWITCHES = ("leader-elect", "pod-eviction-timeout", "enable-taint-manager", "feature-gates")


@dataclass(frozen=True)
class Flag:
    name: str
    value: str
    line: int

    @property
    def text(self) -> str:
        return f"--{self.name}={self.value}"


@dataclass
class Command:
    """One component as it is started."""

    component: str
    line: int
    flags: list[Flag]


def parse(component: str, words: Iterable[tuple[str, int]]) -> Command:
    """`--name=value`, `--name value` and a bare `--name`; etcd also takes one dash."""
    remaining = list(words)
    line = remaining[0][1] if remaining else 0
    flags: list[Flag] = []
    for word, number in remaining:
        if word.startswith("-") and len(word) > 1:
            name, equals, value = word.lstrip("-").partition("=")
            flags.append(Flag(name, value if equals else "", number))
        elif flags and not flags[-1].value:
            flags[-1] = Flag(flags[-1].name, word, flags[-1].line)
    return Command(component, line, flags)


def environment(source: Source, line: int, name: str, value: str) -> tuple[Fact, ...]:
    """What an environment variable decides."""
    if name not in ENVIRONMENT:
        return ()
    return (fact(source, line, ENVIRONMENT[name], (name, value), int),)


def reading(
    source: Source, kind: str, commands: Iterable[Command], more: Iterable[Fact] = ()
) -> Reading:
    """What these commands say, all together."""
    commands = list(commands)
    facts = [each for command in commands for each in _facts(source, command)]
    return Reading(
        source.file,
        kind,
        last([*facts, *more]),
        listeners=tuple(each for command in commands for each in _listeners(source, command)),
        targets=tuple(each for command in commands for each in _targets(source, command)),
        members=tuple(each for command in commands for each in _members(source, command)),
    )


def _facts(source: Source, command: Command) -> Iterator[Fact]:
    timers = TIMERS[command.component]
    yield Fact(f"runs.{command.component}", True, source.at(command.line), command.component)
    for flag in command.flags:
        if flag.name in timers:
            name, convert = timers[flag.name]
            if not flag.value:
                raise broken(
                    source.at(flag.line),
                    f"--{flag.name} has no value",
                    f"write --{flag.name}=VALUE",
                )
            found = fact(source, flag.line, name, (f"--{flag.name}", flag.value), convert)
            yield Fact(name, _mended(found), found.where, flag.text)
        elif flag.name in _SWITCHES:
            name = f"flag.{command.component}.{flag.name}"
            yield Fact(name, flag.value or "true", source.at(flag.line), flag.text)


def _mended(found: Fact) -> int:
    """kube-proxy itself takes 0 on its command line as none at all; nothing is faster than 1 ms."""
    value = found.value
    assert isinstance(value, int)
    return max(value, 1) if found.name.startswith("kube_proxy.") else value


def _value(command: Command, name: str) -> Flag | None:
    return next((flag for flag in reversed(command.flags) if flag.name == name), None)


def _listeners(source: Source, command: Command) -> Iterator[Listener]:
    if command.component in _PORTS:
        port_flag, address_flag, usual = _PORTS[command.component]
        port, address = _value(command, port_flag), _value(command, address_flag)
        line = port.line if port else command.line
        number = int(port.value) if port and port.value.isdigit() else usual
        where = "" if address is None else endpoint(f"{address.value}:1")[0]
        yield Listener(command.component, where, number, source.at(line))
    for flag in command.flags:
        if flag.name in ("listen-client-urls", "listen-peer-urls"):
            for url in flag.value.split(","):
                address_, port_ = endpoint(url)
                if port_ is not None:
                    yield Listener(command.component, address_, port_, source.at(flag.line))


def _targets(source: Source, command: Command) -> Iterator[Target]:
    wanted = {"etcd-servers": "etcd", "master": ""}
    for flag in command.flags:
        if flag.name in wanted:
            for url in flag.value.split(","):
                address, port = endpoint(url)
                if port is not None:
                    part = wanted[flag.name]
                    yield Target(part, address, port, source.at(flag.line), flag.text)


def _members(source: Source, command: Command) -> Iterator[Member]:
    for flag in command.flags:
        if command.component == "etcd" and flag.name == "initial-cluster":
            for each in flag.value.split(","):
                name, _, url = each.partition("=")
                yield Member("etcd", name, url, source.at(flag.line))
        elif flag.name == "etcd-servers":
            for url in flag.value.split(","):
                yield Member("etcd-servers", url, url, source.at(flag.line))
