"""redis.conf and sentinel.conf: one directive a line, of equal ones the last counts.

redis.io, "Redis configuration" and "High availability with Redis Sentinel".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from holdfast.converge.imported import durations
from holdfast.converge.imported.readers.words import endpoint, fact, switch, words
from holdfast.converge.imported.reading import Fact, Listener, Member, Reading, Source, broken, last

_TIMES: Mapping[str, tuple[str, Callable[[str], int]]] = {
    "cluster-node-timeout": ("node_timeout_ms", durations.milliseconds),
    "repl-timeout": ("repl_timeout_s", int),
    "repl-ping-replica-period": ("repl_ping_period_s", int),
    "repl-ping-slave-period": ("repl_ping_period_s", int),
}
_SWITCHES = ("cluster-enabled", "cluster-require-full-coverage")
_COUNTS = ("min-replicas-to-write", "min-slaves-to-write", "cluster-migration-barrier")
_SENTINEL = {"down-after-milliseconds": "down_after_ms", "failover-timeout": "failover_ms"}


def read(source: Source) -> Reading:
    facts: list[Fact] = []
    members: list[Member] = []
    said: dict[str, tuple[str, int]] = {}
    for number, text in enumerate(source.text.splitlines(), 1):
        # A '#' inside a word is a character of it: passwords have them.
        line = () if text.lstrip().startswith("#") else words(source, number, text, comments="")
        if line:
            key, rest = line[0].lower(), line[1:]
            facts += _facts(source, number, key, rest)
            members += _monitored(source, number, key, rest)
            said[key] = (rest[0] if rest else "", number)
    listeners = tuple(_listeners(source, said))
    return Reading(source.file, "redis", last(facts), listeners=listeners, members=tuple(members))


def _facts(source: Source, number: int, key: str, rest: tuple[str, ...]) -> Iterator[Fact]:
    known = key in _TIMES or key in _SWITCHES or key in _COUNTS
    if known and not rest:
        raise broken(source.at(number), f"{key} has no value", f"write '{key} VALUE'")
    if key in _TIMES:
        name, convert = _TIMES[key]
        yield fact(source, number, f"redis.{name}", (key, rest[0]), convert)
    elif key in _SWITCHES:
        text = f"{key} {rest[0]}"
        yield Fact(f"redis.{key}", switch(rest[0]), source.at(number), text)
    elif key in _COUNTS:
        name = key.replace("slaves", "replicas")
        yield fact(source, number, f"redis.{name}", (key, rest[0]), int)
    elif key == "sentinel" and len(rest) > 2 and rest[0] in _SENTINEL:
        name = f"sentinel.{rest[1]}.{_SENTINEL[rest[0]]}"
        pair = (f"sentinel {rest[0]} {rest[1]}", rest[2])
        yield fact(source, number, name, pair, durations.milliseconds)


def _monitored(source: Source, number: int, key: str, rest: tuple[str, ...]) -> Iterator[Member]:
    if key == "sentinel" and len(rest) > 3 and rest[0] == "monitor":
        address = f"{rest[2]}:{rest[3]}"
        yield Member("sentinel", rest[1], address, source.at(number))


def _listeners(source: Source, said: dict[str, tuple[str, int]]) -> Iterator[Listener]:
    if "port" in said and said["port"][0].isdigit() and said["port"][0] != "0":
        port, line = said["port"]
        address, _ = endpoint(f"{said.get('bind', ('*', 0))[0].lstrip('-')}:{port}")
        yield Listener("redis", address, int(port), source.at(line))
