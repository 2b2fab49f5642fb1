"""keepalived.conf (keepalived.conf(5)): instances, what they track, and who their peers are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from holdfast.converge.imported import durations
from holdfast.converge.imported.readers.blocks import Block, parse
from holdfast.converge.imported.readers.words import Line, fact
from holdfast.converge.imported.reading import Fact, Reading, Source, Target, last

_HERE = r"(?:localhost|127\.0\.0\.1|\[::1\])"
_PORT = re.compile(rf"{_HERE}[:/](\d{{2,5}})\b|\bnc\b.*?\s{_HERE}\s(\d{{2,5}})\b")
_TIMES = {"advert_int": "advert_ms", "preempt_delay": "preempt_delay_ms"}
_SCRIPT: Mapping[str, Callable[[str], int]] = {
    "interval": durations.seconds,
    "fall": int,
    "rise": int,
    "timeout": durations.seconds,
}


def read(source: Source) -> Reading:
    top = parse(source, comments="#!")
    instances = list(top.all("vrrp_instance"))
    facts = [
        *_version(source, top),
        *(each for block in instances for each in _instance(source, block)),
        *(each for block in top.all("vrrp_script") for each in _script(source, block)),
    ]
    targets = (each for block in top.all("vrrp_script") for each in _asked(source, block))
    return Reading(source.file, "keepalived", last(facts), targets=tuple(targets))


def _version(source: Source, top: Block) -> Iterator[Fact]:
    for block in (top, *top.all("global_defs")):
        if line := block.line("vrrp_version"):
            yield _fact(source, line, "keepalived.version")


def _instance(source: Source, block: Block) -> Iterator[Fact]:
    """Times for all; the rest by the instance's name, as findings compare them."""
    name = " ".join(block.head[1:])
    for key, timer in _TIMES.items():
        if line := block.line(key):
            pair = (key, line.words[-1])
            yield fact(source, line.number, f"keepalived.{timer}", pair, durations.seconds)
    prefix = f"keepalived.instance.{name}"
    yield Fact(prefix, name, source.at(block.number), " ".join(block.head))
    for key in ("state", "interface"):
        if (line := block.line(key)) and len(line.words) > 1:
            yield Fact(f"{prefix}.{key}", line.words[1], source.at(line.number), line.text)
    for key in ("priority", "virtual_router_id"):
        if line := block.line(key):
            yield _fact(source, line, f"{prefix}.{key}")
    if line := block.line("nopreempt"):
        yield Fact(f"{prefix}.nopreempt", True, source.at(line.number), "nopreempt")
    for tracked in ("track_script", "track_process", "track_file", "track_interface"):
        for inner in block.all(tracked):
            where = source.at(inner.number)
            yield Fact(f"{prefix}.tracks", tracked, where, tracked)


def _script(source: Source, block: Block) -> Iterator[Fact]:
    for key, convert in _SCRIPT.items():
        if (line := block.line(key)) and len(line.words) > 1:
            unit = "_ms" if convert is durations.seconds else ""
            name = f"keepalived.script.{block.head[-1]}.{key}{unit}"
            yield fact(source, line.number, name, (key, line.words[1]), convert)


def _asked(source: Source, block: Block) -> Iterator[Target]:
    """The ports of this host that a check names itself; scripts of their own are not read."""
    if line := block.line("script"):
        for match in _PORT.finditer(line.text):
            port = int(match[1] or match[2])
            yield Target("", "127.0.0.1", port, source.at(line.number), line.text)


def _fact(source: Source, line: Line, name: str) -> Fact:
    return fact(source, line.number, name, (line.words[0], " ".join(line.words[1:2])), int)
