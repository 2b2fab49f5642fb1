"""What a reader finds in one file: facts, who leads where, who listens, who is a member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from holdfast.errors import InputError
from holdfast.finding import Finding, Severity, Where
from holdfast.timers.upstream import Scalar


@dataclass(frozen=True)
class Source:
    """A file's name and its text."""

    file: str
    text: str

    def at(self, line: int) -> Where:
        return Where(self.file, line)


@dataclass(frozen=True)
class Fact:
    """`name` is a timer's (`etcd.election_ms`), or that of something that is none
    (`pacemaker.stonith_enabled`). `text` is how the file says it."""

    name: str
    value: Scalar
    where: Where
    text: str


@dataclass(frozen=True)
class Server:
    """One of a pool. `checked`: something may take it out. `facts`: keys without a prefix."""

    name: str
    host: str
    port: int | None
    where: Where
    checked: bool = True
    backup: bool = False
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True)
class Pool:
    """haproxy's backend or listen, nginx' upstream. `facts`: keys without a prefix."""

    balancer: str
    name: str
    where: Where
    servers: tuple[Server, ...]
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True)
class Listener:
    """`address` is "" for every one."""

    part: str
    address: str
    port: int
    where: Where


@dataclass(frozen=True)
class Target:
    """Somebody who expects an answer there; `part`: from whom, "" where nobody knows."""

    part: str
    address: str
    port: int
    where: Where
    text: str


@dataclass(frozen=True)
class Member:
    group: str
    name: str
    address: str
    where: Where


@dataclass(frozen=True)
class Reading:
    """Everything found in one file of this `kind`, and in those that it includes: its `parts`."""

    file: str
    kind: str
    facts: tuple[Fact, ...] = ()
    pools: tuple[Pool, ...] = ()
    listeners: tuple[Listener, ...] = ()
    targets: tuple[Target, ...] = ()
    members: tuple[Member, ...] = ()
    parts: tuple[str, ...] = ()

    def named(self, name: str) -> Iterator[Fact]:
        return (fact for fact in self.facts if fact.name == name)


def broken(where: Where, problem: str, hint: str) -> InputError:
    """The error for a file that cannot be read beyond this place."""
    finding = Finding("import-broken", Severity.ERROR, problem, hint, where=where)
    return InputError(f"{where.file} cannot be read", findings=(finding,))


def last(facts: list[Fact]) -> tuple[Fact, ...]:
    """Of each name the one that counts, where a later line wins."""
    return tuple({fact.name: fact for fact in facts}.values())
