"""haproxy.cfg: pools with what each server really has, after defaults and default-server lines.

Configuration manual: 2.2 (quoting), 4 (inheritance from `defaults`), 5 (bind and server options).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from holdfast.converge.imported import durations
from holdfast.converge.imported.readers.words import Line, cut, endpoint, fact
from holdfast.converge.imported.reading import (
    Fact,
    Listener,
    Pool,
    Reading,
    Server,
    Source,
    Target,
    broken,
)

_SECTION = re.compile(
    "global|defaults|frontend|backend|listen|peers|resolvers|userlist|mailers|cache|program|"
    "http-errors|ring|log-forward|log-profile|fcgi-app|crt-store|traces|acme"
)
_TIMEOUTS = {
    "connect": "connect_ms",
    "client": "client_ms",
    "server": "server_ms",
    "check": "check_ms",
    "queue": "queue_ms",
    "server-fin": "fin_ms",
}
_SERVER_TIMES = {"inter": "inter_ms", "fastinter": "fastinter_ms", "downinter": "downinter_ms"}
_SERVER_COUNTS = ("fall", "rise")
_WITH_VALUE = re.compile(
    "weight|maxconn|cookie|on-marked-(?:down|up)|port|addr|id|track|agent-(?:port|inter|addr)|"
    "observe|error-limit|on-error|source|ca-file|crt|verify|verifyhost|sni|check-sni|init-addr|"
    "resolvers|resolve-prefer|redir|slowstart|maxqueue|minconn|proto|alpn"
)
"""Server options with an argument, which could be taken for an option of its own."""


@dataclass
class _Section:
    kind: str
    name: str
    number: int
    base: str = ""
    lines: list[Line] = field(default_factory=list)
    defaults: Mapping[str, Fact] = field(default_factory=dict)


def read(source: Source) -> Reading:
    sections = _inheriting(source, list(_sections(source)))
    pools: list[Pool] = []
    listeners: list[Listener] = []
    waits = _client_waits(source, sections)
    for section in sections:
        if section.kind in ("backend", "listen"):
            inherited = {**section.defaults, **waits.get(section.name, {})}
            pools.append(_pool(source, section, inherited))
        if section.kind in ("frontend", "listen"):
            listeners += _listeners(source, section)
    return Reading(
        source.file,
        "haproxy",
        pools=tuple(pools),
        listeners=tuple(listeners),
        targets=tuple(_targets(pools)),
    )


def _sections(source: Source) -> Iterator[_Section]:
    section: _Section | None = None
    for line in cut(source):
        head, *rest = line.words
        if _SECTION.fullmatch(head):
            if section:
                yield section
            name = rest[0] if rest and rest[0] != "from" else ""
            base = rest[rest.index("from") + 1] if "from" in rest[:-1] else ""
            section = _Section(head, name, line.number, base)
        elif section is None:
            raise broken(
                source.at(line.number),
                f"'{head}' stands before any section",
                "begin with global, defaults, frontend, backend or listen",
            )
        else:
            section.lines.append(line)
    if section:
        yield section


def _inheriting(source: Source, sections: list[_Section]) -> list[_Section]:
    """Each with the defaults that it is `from`, else those of the last section before it."""
    known: dict[str, Mapping[str, Fact]] = {}
    current: Mapping[str, Fact] = {}
    for section in sections:
        if section.kind == "defaults":
            current = _settings(source, section, known.get(section.base, {}))
            known[section.name] = current
        section.defaults = known.get(section.base, current)
    return sections


def _settings(source: Source, section: _Section, inherited: Mapping[str, Fact]) -> dict[str, Fact]:
    """What a section says of time-outs, retries and checks, over what it inherits."""
    found = dict(inherited)
    for line in section.lines:
        for key, one in _said(source, line):
            found[key] = one
    return found


def _said(source: Source, line: Line) -> Iterator[tuple[str, Fact]]:
    here = source.at(line.number)
    match line.words:
        case ("timeout", which, value, *_) if which in _TIMEOUTS:
            yield (
                _TIMEOUTS[which],
                fact(
                    source,
                    line.number,
                    f"haproxy.{_TIMEOUTS[which]}",
                    (f"timeout {which}", value),
                    durations.haproxy,
                ),
            )
        case ("timeout", which) if which in _TIMEOUTS:
            raise broken(here, f"timeout {which} has no value", f"write 'timeout {which} 5s'")
        case ("retries", value, *_):
            yield "retries", fact(source, line.number, "haproxy.retries", ("retries", value), int)
        case ("option", option, *_):
            yield option, Fact(f"haproxy.option.{option}", True, here, f"option {option}")
            if option in ("ssl-hello-chk", "httpchk"):
                yield "hello_check", Fact("haproxy.hello_check", True, here, f"option {option}")
        case ("no", "option", option, *_):
            yield option, Fact(f"haproxy.option.{option}", False, here, f"no option {option}")
        case ("mode", mode, *_):
            yield "mode", Fact("haproxy.mode", mode, here, f"mode {mode}")
        case ("default-server", *options):
            for key, one in _options(source, line.number, options, "default-server ").items():
                yield f"server.{key}", one
        case ("http-check" | "tcp-check", *_):
            yield "deep", Fact("haproxy.deep_check", True, here, line.text)


def _options(
    source: Source, number: int, options: Sequence[str], prefix: str = ""
) -> dict[str, Fact]:
    """A server's options. The text of each tells its neighbours, too, as they act together."""
    found: dict[str, Fact] = {}
    remaining = iter(options)
    for word in remaining:
        if word in _SERVER_TIMES or word in _SERVER_COUNTS:
            value = next(remaining, "")
            if not value:
                raise broken(source.at(number), f"{word} has no value", f"write '{word} 2'")
            key = _SERVER_TIMES.get(word, word)
            convert = durations.haproxy if word in _SERVER_TIMES else int
            found[key] = fact(source, number, f"haproxy.{key}", (word, value), convert)
        elif word in ("check", "backup", "disabled"):
            found[word] = Fact(f"haproxy.{word}", True, source.at(number), prefix + word)
        elif word in ("no-check", "no-backup", "enabled"):
            key = {"enabled": "disabled"}.get(word, word.removeprefix("no-"))
            found[key] = Fact(f"haproxy.{key}", False, source.at(number), prefix + word)
        elif _WITH_VALUE.fullmatch(word):
            value = next(remaining, "")
            if word == "on-marked-down":
                closes = value == "shutdown-sessions"
                text = f"{prefix}{word} {value}"
                found["shutdown_sessions"] = Fact(
                    "haproxy.shutdown_sessions", closes, source.at(number), text
                )
            elif word == "track":
                found["check"] = Fact("haproxy.check", True, source.at(number), f"track {value}")
    return found


def _pool(source: Source, section: _Section, inherited: Mapping[str, Fact]) -> Pool:
    facts = _settings(source, section, inherited)
    inside = {key: each for key, each in facts.items() if not key.startswith("server.")}
    # default-server acts on the lines below it only; those of `defaults` on all.
    common = {k.removeprefix("server."): f for k, f in inherited.items() if k[:7] == "server."}
    servers: list[Server] = []
    for line in section.lines:
        if line.words[0] == "default-server":
            common |= _options(source, line.number, line.words[1:], "default-server ")
        elif line.words[0] == "server":
            servers.append(_server(source, line, common))
        elif line.words[0] == "server-template":
            servers += _template(source, line, common)
    firsts = [server for server in servers if not server.backup]
    if len(firsts) == 1 and len(servers) > 1:
        own = next(server for server in servers if server.backup).facts["backup"]
        inside["own_first"] = Fact("haproxy.own_first", True, own.where, own.text)
    return Pool("haproxy", section.name, source.at(section.number), tuple(servers), inside)


def _server(source: Source, line: Line, common: Mapping[str, Fact]) -> Server:
    if len(line.words) < 3:
        raise broken(
            source.at(line.number),
            "a server needs a name and an address",
            "write 'server NAME ADDRESS:PORT check'",
        )
    facts = {**common, **_options(source, line.number, line.words[3:])}
    host, port = endpoint(line.words[2])
    return Server(
        line.words[1],
        host,
        port,
        source.at(line.number),
        checked=_on(facts, "check"),
        backup=_on(facts, "backup"),
        facts=facts,
    )


def _template(source: Source, line: Line, common: Mapping[str, Fact]) -> Iterator[Server]:
    """`server-template PREFIX COUNT NAME:PORT`: as many servers, addresses from DNS."""
    if len(line.words) < 4 or not (count := re.fullmatch(r"(?:1-)?(\d+)", line.words[2])):
        return
    for number in range(1, int(count[1]) + 1):
        spelt = ("server", f"{line.words[1]}{number}", *line.words[3:])
        yield _server(source, Line(line.number, spelt), common)


def _on(facts: Mapping[str, Fact], key: str) -> bool:
    return key in facts and facts[key].value is True


def _client_waits(source: Source, sections: Sequence[_Section]) -> dict[str, dict[str, Fact]]:
    """`timeout client` belongs to the frontend; its pools are asked for through it."""
    found: dict[str, dict[str, Fact]] = {}
    for section in sections:
        if section.kind == "frontend":
            waits = _settings(source, section, section.defaults).get("client_ms")
            for line in section.lines:
                match line.words:
                    case ("default_backend" | "use_backend", name, *_) if waits:
                        found.setdefault(name, {})["client_ms"] = waits
    return found


def _listeners(source: Source, section: _Section) -> Iterator[Listener]:
    for line in section.lines:
        if line.words[0] == "bind" and len(line.words) > 1:
            for each in line.words[1].split(","):
                address, port = endpoint(each)
                if port is not None:
                    yield Listener("haproxy", address, port, source.at(line.number))


def _targets(pools: Sequence[Pool]) -> Iterator[Target]:
    for pool in pools:
        for server in pool.servers:
            if server.port is not None:
                text = f"server {server.name} {server.host}:{server.port}"
                yield Target("", server.host, server.port, server.where, text)
