"""nginx.conf, read by crossplane: upstreams, with the time-outs of whoever passes to them.

nginx.org, modules ngx_http_upstream, ngx_http_proxy, ngx_stream_upstream and ngx_stream_proxy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import crossplane

from holdfast.converge.imported import durations
from holdfast.converge.imported.readers.words import endpoint, fact, switch
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
from holdfast.finding import Where
from holdfast.timers.profiles import PROFILES

_TIMEOUTS = {
    "proxy_connect_timeout": "connect_ms",
    "proxy_timeout": "timeout_ms",
    "proxy_read_timeout": "timeout_ms",
    "grpc_connect_timeout": "connect_ms",
    "grpc_read_timeout": "timeout_ms",
}
_KERNEL_KEEPALIVE_S = PROFILES["stock"].postgresql.keepalives_idle_s
"""nginx only switches them on; when they begin is the kernel's: tcp(7), tcp_keepalive_time."""

_PASSES = ("proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass")
_BARE = frozenset(("backup", "down", "resolve", "drain"))

Statement = Mapping[str, Any]
"""crossplane's: directive, args, file, line, and block for those that have one."""


@dataclass(frozen=True)
class _Pass:
    """Somebody passes requests to `upstream`, with these settings in force."""

    upstream: str
    settings: Mapping[str, Fact]


def read(source: Source) -> Reading:
    """Reads the file again from where it is, as crossplane takes no text; and what it includes, if
    that is there and lies in the file's folder: elsewhere it would be this host's, not theirs."""
    parsed = crossplane.parse(source.file, combine=True, check_ctx=False)
    folder = Path(source.file).parent.absolute()
    for error in parsed["errors"]:
        if not error["error"].startswith("[Errno") and _within(error["file"], folder):
            # "<what> in <file>:<line>"
            said = str(error["error"]).split(" in ")[0]
            where = Where(error["file"], error["line"] or 0)
            raise broken(where, f"not nginx: {said}", "`nginx -t` says more of it")
    top: Sequence[Statement] = _own(parsed["config"][0]["parsed"], folder)
    passes = list(_passes(top, {}))
    pools = [_pool(each, passes) for each in _all(top, "upstream")]
    files = dict.fromkeys(_files(top))
    return Reading(
        source.file,
        "nginx",
        pools=tuple(pools),
        listeners=tuple(_listeners(top)),
        targets=tuple(_targets(pools)),
        parts=tuple(file for file in files if file != source.file),
    )


def _own(statements: Iterable[Statement], folder: Path) -> list[Statement]:
    return [
        {**each, "block": _own(each["block"], folder)} if "block" in each else each
        for each in statements
        if _within(each["file"], folder)
    ]


def _within(file: str, folder: Path) -> bool:
    return Path(file).absolute().is_relative_to(folder)


def _files(statements: Iterable[Statement]) -> Iterator[str]:
    for each in statements:
        yield each["file"]
        yield from _files(each.get("block", ()))


def _from(each: Statement) -> Source:
    """The file that a statement stands in; only its name is of interest."""
    return Source(each["file"], "")


def _all(statements: Iterable[Statement], directive: str) -> Iterator[Statement]:
    for each in statements:
        if each["directive"] == directive and "block" in each:
            yield each
        else:
            yield from _all(each.get("block", ()), directive)


def _passes(statements: Sequence[Statement], inherited: Mapping[str, Fact]) -> Iterator[_Pass]:
    settings = dict(inherited)
    for each in statements:
        settings |= _said(each)
    for each in statements:
        if each["directive"] in _PASSES and each["args"]:
            yield _Pass(each["args"][0].split("://")[-1].split("/")[0], settings)
        elif "block" in each and each["directive"] != "upstream":
            yield from _passes(each["block"], settings)


def _said(each: Statement) -> dict[str, Fact]:
    source, name, line = _from(each), each["directive"], each["line"]
    value = (each["args"] or [""])[0]
    if name in _TIMEOUTS:
        key = _TIMEOUTS[name]
        return {key: fact(source, line, f"nginx.{key}", (name, value), durations.nginx)}
    if name == "proxy_socket_keepalive":
        idle = _KERNEL_KEEPALIVE_S if switch(value) else None
        return {"keepalive_s": Fact("nginx.keepalive_s", idle, source.at(line), f"{name} {value}")}
    if name in ("proxy_next_upstream", "grpc_next_upstream"):
        text = f"{name} {' '.join(each['args'])}"
        off = value == "off"
        return {"next": Fact("nginx.next_upstream", not off, source.at(line), text)}
    return {}


def _pool(upstream: Statement, passes: Sequence[_Pass]) -> Pool:
    name = (upstream["args"] or [""])[0]
    facts: dict[str, Fact] = {}
    for one in passes:
        # Of several ways to the same pool, the one that waits longest decides its tail.
        for key, found in one.settings.items() if one.upstream == name else ():
            if key not in facts or _longer(found, facts[key]):
                facts[key] = found
    servers = [_server(each) for each in upstream["block"] if each["directive"] == "server"]
    where = _from(upstream).at(upstream["line"])
    return Pool("nginx", name, where, tuple(servers), facts)


def _longer(one: Fact, other: Fact) -> bool:
    return isinstance(one.value, int) and isinstance(other.value, int) and one.value > other.value


def _server(each: Statement) -> Server:
    source, line = _from(each), each["line"]
    if not each["args"]:
        raise broken(source.at(line), "a server needs an address", "write 'server ADDRESS:PORT;'")
    address, *options = each["args"]
    facts: dict[str, Fact] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals and key not in _BARE:
            raise broken(
                source.at(line),
                f"'{option}' is no parameter of an upstream's server",
                "does a ';' miss on this line or the one before?",
            )
        if key == "max_fails":
            facts[key] = fact(source, line, "nginx.max_fails", (key, value), int)
        elif key == "fail_timeout":
            name = "fail_timeout_ms"
            facts[name] = fact(source, line, f"nginx.{name}", (key, value), durations.nginx)
    host, port = endpoint(address)
    checked = facts["max_fails"].value != 0 if "max_fails" in facts else True
    return Server(
        address, host, port, source.at(line), checked, backup="backup" in options, facts=facts
    )


def _listeners(top: Sequence[Statement]) -> Iterator[Listener]:
    for server in _all(top, "server"):
        for each in server["block"]:
            if each["directive"] != "listen" or not each["args"]:
                continue
            spelt = each["args"][0]
            address, port = ("", int(spelt)) if spelt.isdigit() else endpoint(spelt)
            where = _from(each).at(each["line"])
            yield Listener("nginx", address, port or 80, where)


def _targets(pools: Sequence[Pool]) -> Iterator[Target]:
    for pool in pools:
        for server in pool.servers:
            if server.port is not None:
                text = f"server {server.name}"
                yield Target("", server.host, server.port, server.where, text)
