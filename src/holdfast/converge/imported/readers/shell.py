"""Where command lines stand: unit files, scripts, environment files, or the bare command.

systemd.service(5), systemd.exec(5). Lines ending in a backslash go on with the next one.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from holdfast.converge.imported import durations
from holdfast.converge.imported.readers import flags
from holdfast.converge.imported.readers.words import fact
from holdfast.converge.imported.reading import Fact, Reading, Source, broken

_ASSIGNED = re.compile(r"\s*(?:export\s+|Environment=[\"']?)?([A-Z][A-Z0-9_]*)=(.*)", re.S)
_UNIT_KEY = re.compile(r"\s*([A-Z][A-Za-z]+)\s*=\s*(.*)", re.S)
_ETCD = re.compile(r"ETCD_([A-Z_]+)$")
_OWNERS = {
    "APISERVER": "kube-apiserver",
    "API_SERVER": "kube-apiserver",
    "CONTROLLER_MANAGER": "kube-controller-manager",
    "SCHEDULER": "kube-scheduler",
    "PROXY": "kube-proxy",
    "KUBELET": "kubelet",
}


@dataclass(frozen=True)
class _Joined:
    """A line with those that continue it; `pieces` are (text, line number)."""

    pieces: tuple[tuple[str, int], ...]

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)

    @property
    def number(self) -> int:
        return self.pieces[0][1]

    def line_of(self, position: int) -> int:
        for text, number in self.pieces:
            if position < len(text):
                return number
            position -= len(text)
        return self.pieces[-1][1]


def read(source: Source) -> Reading:
    commands: list[flags.Command] = []
    facts: list[Fact] = []
    for line in _joined(source):
        found = [] if _is_prose(line) else list(_commands(source, line))
        commands += found
        facts += _settings(source, line)
        if not found:
            commands += _assigned(source, line)
    return flags.reading(source, "command", commands, facts)


def _is_prose(line: _Joined) -> bool:
    """Of a unit, what is neither a command nor an environment: descriptions, dependencies."""
    match = _UNIT_KEY.match(line.text)
    return match is not None and not match[1].startswith(("Exec", "Environment"))


def _joined(source: Source) -> Iterator[_Joined]:
    pieces: list[tuple[str, int]] = []
    for number, text in enumerate(source.text.splitlines(), 1):
        if text.lstrip()[:1] in ("#", ";"):
            continue
        stripped = text.rstrip()
        if stripped.endswith("\\"):
            pieces.append((stripped[:-1] + " ", number))
            continue
        if stripped or pieces:
            yield _Joined((*pieces, (stripped, number)))
        pieces = []
    if pieces:
        yield _Joined(tuple(pieces))


def _commands(source: Source, line: _Joined) -> Iterator[flags.Command]:
    """A component's own name begins its command; what is assigned to a variable does not."""
    if not any(_component(word) for word in line.text.split()):
        return
    words = _words(source, line)
    for index, (word, _) in enumerate(words):
        if name := _component(word):
            yield flags.parse(name, [(name, line.number), *words[index + 1 :]])
            return


def _component(word: str) -> str:
    """`ExecStart=/usr/bin/kubelet` is kubelet; "" for what starts none."""
    name = PurePosixPath(word.rpartition("=")[2] if word.startswith("Exec") else word).name
    return name if name in flags.COMPONENTS and not word.startswith("-") else ""


def _words(source: Source, line: _Joined) -> list[tuple[str, int]]:
    """The words, each with its line. Raises InputError for a quote that is never closed."""
    try:
        plain = shlex.split(line.text)
    except ValueError as error:
        raise broken(
            source.at(line.number), f"not a command line: {str(error).lower()}", "close the quote"
        ) from error
    found, position = [], 0
    for word in plain:
        # Where quoting has changed a word, its line is that of its neighbour before it.
        at = line.text.find(word[:24], position)
        position = at if at >= 0 else position
        found.append((word, line.line_of(position)))
        position += len(word) if at >= 0 else 0
    return found


def _assigned(source: Source, line: _Joined) -> Iterator[flags.Command]:
    """`KUBE_PROXY_ARGS="--..."` and `ETCD_HEARTBEAT_INTERVAL=100` of environment files."""
    match = _ASSIGNED.match(line.text)
    if match is None:
        return
    name = match[1]
    if etcd := _ETCD.match(name):
        value = match[2].strip().strip("\"'")
        flag = flags.Flag(etcd[1].lower().replace("_", "-"), value, line.number)
        yield flags.Command("etcd", line.number, [flag])
        return
    owner = next((part for key, part in _OWNERS.items() if key in name), None)
    if owner and "--" in match[2]:
        inner = _words(source, _Joined(((match[2].strip().strip("\"'"), line.number),)))
        yield flags.parse(owner, [(owner, line.number), *((w, line.number) for w, _ in inner)])


def _settings(source: Source, line: _Joined) -> Iterator[Fact]:
    """RestartSec= of the components' own units, and the variables that their clients read."""
    match = _UNIT_KEY.match(line.text)
    if match and match[1] == "RestartSec":
        pair = ("RestartSec", match[2].strip())
        yield fact(source, line.number, "systemd.restart_ms", pair, durations.systemd)
    if match and match[1] == "Restart":
        yield Fact("unit.restart", match[2].strip(), source.at(line.number), line.text.strip())
    for name in flags.ENVIRONMENT:
        if found := re.search(rf"\b{name}=['\"]?(\w+)", line.text):
            number = line.line_of(found.start())
            yield from flags.environment(source, number, name, found[1])
