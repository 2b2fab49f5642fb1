"""postgresql.conf, and the same settings in patroni.yml.

PostgreSQL documentation, 19.1.2 (files), 19.3 (connections), 19.6 (replication). Of patroni.yml:
bootstrap.dcs (or the file that `patronictl edit-config` shows), and postgresql.parameters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from holdfast.converge.imported import durations
from holdfast.converge.imported.readers.words import endpoint, fact, switch
from holdfast.converge.imported.readers.yamls import Node, documents
from holdfast.converge.imported.reading import Fact, Listener, Reading, Source, broken, last

_LINE = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(?:=|\s)\s*('(?:[^']|'')*'|[^\s#']+)\s*(?:#.*)?")
_ms = partial(durations.postgresql, base="ms")


def _whole_seconds(text: str) -> int:
    found = durations.postgresql(text, base="s")
    return max(1, found // 1000) if found > 0 else found


_TIMERS: Mapping[str, tuple[str, Callable[[str], int]]] = {
    "wal_receiver_timeout": ("wal_receiver_timeout_ms", _ms),
    "wal_sender_timeout": ("wal_sender_timeout_ms", _ms),
    "wal_receiver_status_interval": ("wal_receiver_status_interval_s", _whole_seconds),
    "wal_retrieve_retry_interval": ("wal_retrieve_retry_interval_ms", _ms),
    "max_standby_streaming_delay": ("max_standby_delay_ms", _ms),
    "tcp_user_timeout": ("tcp_user_timeout_ms", _ms),
    "tcp_keepalives_idle": ("keepalives_idle_s", _whole_seconds),
    "tcp_keepalives_interval": ("keepalives_interval_s", _whole_seconds),
    "tcp_keepalives_count": ("keepalives_count", int),
}
_KEPT = ("synchronous_standby_names", "fsync", "full_page_writes")
_TEMPLATE = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count")
_PATRONI = {"ttl": "ttl_s", "loop_wait": "loop_wait_s", "retry_timeout": "retry_timeout_s"}
_VERSION = re.compile(r"postgres(?:ql)?[/-](\d+(?:\.\d+)?)\b")


def read(source: Source) -> Reading:
    """Of a setting that is given twice, the last one counts."""
    facts: list[Fact] = []
    listens: dict[str, tuple[str, int]] = {}
    for number, text in enumerate(source.text.splitlines(), 1):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            raise broken(
                source.at(number),
                f"not a setting: {text.strip()}",
                "write name = value; text in single quotes",
            )
        key, value = match[1].lower(), match[2]
        plain = value[1:-1].replace("''", "'") if value.startswith("'") else value
        facts += _facts(source, number, key, plain)
        listens[key] = (plain, number)
    return Reading(
        source.file, "postgresql", last(facts), listeners=tuple(_listeners(source, listens))
    )


def _facts(source: Source, number: int, key: str, value: str) -> Iterator[Fact]:
    if key in _TIMERS and not (key in _TEMPLATE and value == "0"):
        name, convert = _TIMERS[key]
        yield fact(source, number, f"postgresql.{name}", (f"{key} =", value), convert)
    elif key in _KEPT:
        yield Fact(f"postgresql.{key}", value, source.at(number), f"{key} = '{value}'")
    if version := _VERSION.search(value):
        text = f"{key} = '{value}'"
        yield Fact("version.postgresql", version[1], source.at(number), text)


def _listeners(source: Source, said: Mapping[str, tuple[str, int]]) -> Iterator[Listener]:
    if "port" not in said and "listen_addresses" not in said:
        return
    port, line = said.get("port", ("5432", 0))
    addresses, other = said.get("listen_addresses", ("localhost", 0))
    for address in addresses.split(","):
        if port.isdigit():
            host = endpoint(f"{address.strip()}:1")[0].replace("localhost", "127.0.0.1")
            yield Listener("postgresql", host, int(port), source.at(line or other))


def patroni(source: Source) -> Reading:
    facts: list[Fact] = []
    listeners: list[Listener] = []
    for document in documents(source):
        for node in (document, document.get("bootstrap", "dcs")):
            if node is not None:
                facts += _dynamic(node)
        for key, part in (("postgresql", "postgresql"), ("restapi", "patroni")):
            if found := document.get(key, "listen"):
                address, port = endpoint(found.text.rsplit(",", 1)[-1])
                if port is not None:
                    listeners.append(Listener(part, address, port, found.where))
    return Reading(source.file, "patroni", last(facts), listeners=tuple(listeners))


def _dynamic(node: Node) -> Iterator[Fact]:
    for key, name in _PATRONI.items():
        if value := node.get(key):
            line = value.where.line
            yield fact(node.source, line, f"patroni.{name}", (f"{key}:", value.text), int)
    if value := node.get("synchronous_mode"):
        text = f"synchronous_mode: {value.text}"
        yield Fact("patroni.synchronous_mode", switch(value.text), value.where, text)
    parameters = node.get("postgresql", "parameters")
    for key, value in parameters.items() if parameters else ():
        yield from _facts(node.source, value.where.line, key, value.text)
