"""corosync.conf (corosync.conf(5)): `key: value` lines in blocks."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.converge.imported import durations
from holdfast.converge.imported.readers.blocks import Block, parse
from holdfast.converge.imported.readers.words import Line, fact, switch
from holdfast.converge.imported.reading import Fact, Member, Reading, Source, broken, last

_TOTEM = {
    "token": "token_ms",
    "token_coefficient": "token_coefficient_ms",
    "consensus": "consensus_ms",
    "knet_ping_interval": "knet_ping_interval_ms",
    "knet_ping_timeout": "knet_ping_timeout_ms",
}
_QUORUM = ("two_node",)


def read(source: Source) -> Reading:
    top = parse(source)
    facts: list[Fact] = []
    for block in top.all("totem"):
        facts += _times(source, block)
        for interface in block.all("interface"):
            facts += _times(source, interface)
    for block in top.all("quorum"):
        facts += _switches(source, block)
        facts += [
            Fact("corosync.device", True, source.at(device.number), "device")
            for device in block.all("device")
        ]
    members = tuple(_members(source, top))
    return Reading(source.file, "corosync", last(facts), members=members)


def _times(source: Source, block: Block) -> Iterator[Fact]:
    for line in block.lines:
        key, value = _pair(source, line)
        if key in _TOTEM:
            name = f"corosync.{_TOTEM[key]}"
            yield fact(source, line.number, name, (f"{key}:", value), durations.milliseconds)


def _switches(source: Source, block: Block) -> Iterator[Fact]:
    for line in block.lines:
        key, value = _pair(source, line)
        if key in _QUORUM:
            text = f"{key}: {value}"
            yield Fact(f"corosync.{key}", switch(value), source.at(line.number), text)


def _members(source: Source, top: Block) -> Iterator[Member]:
    for node in top.all("node"):
        for line in node.lines:
            key, value = _pair(source, line)
            if key == "ring0_addr":
                yield Member("corosync", value, value, source.at(line.number))
            elif key == "nodeid":
                yield Member("corosync nodeid", value, value, source.at(line.number))


def _pair(source: Source, line: Line) -> tuple[str, str]:
    key, colon, value = line.text.partition(":")
    if not colon:
        raise broken(source.at(line.number), f"'{line.text}' is no setting", "write 'key: value'")
    return key.strip(), value.strip()
