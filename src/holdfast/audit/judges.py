"""Others' tools, where they are installed: nmap, ssh-audit, testssl and lynis. One that is nowhere
is named as not run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from holdfast.audit import opinions
from holdfast.audit.expected import OPERATOR
from holdfast.audit.remark import Remark
from holdfast.errors import HostError
from holdfast.hosts.base import Result, Transport
from holdfast.plan.model import Plan, PlannedHost
from holdfast.plan.places import EDGE_PORT

NAMES = ("nmap", "ssh-audit", "testssl", "lynis")

_NOT_FOUND = 127
_REPORTED = """\
command -v "$1" >/dev/null || exit 127
folder=$(mktemp -d) && cd "$folder" || exit
trap 'rm -rf "$folder"' EXIT
"$@" >/dev/null
cat report
"""
"""For tools that write what they have found into a file `report`; leaves nothing."""

Reader = Callable[[str, str], Iterator[Remark]]
"""What a tool has said, and who has asked it: a host, or the operator."""


@dataclass(frozen=True)
class Judge:
    """`argv` is asked, and what `reader` makes of its output counts. `patience` in seconds."""

    package: str
    where: str
    argv: tuple[str, ...]
    reader: Reader
    patience: float


async def remarks(plan: Plan, hosts: Sequence[Transport], here: Transport) -> list[Remark]:
    """Of every host that answers, one after the other, so that they do not disturb each other.

    From outside by the first of its neighbours that has the tool, or from here. Its sshd, which
    neighbours cannot reach, by itself or from here; its inside only by itself.
    """
    found: list[Remark] = []
    for own in hosts:
        host = plan.host(own.host)
        around = [*(door for door in hosts if door is not own), here]
        found += await _hear(_nmap(plan, host), around, here)
        found += await _hear(_testssl(host), around, here)
        found += await _hear(_ssh_audit(host), [own, here], here)
        found += await _hear(_lynis(host), [own], here)
    return found


def _nmap(plan: Plan, host: PlannedHost) -> Judge:
    address = str(host.address)
    argv = ("nmap", "-Pn", "-n", "--open", "-p", "1-10000", "--min-rate", "2000", "-oX", "-")
    reader = partial(opinions.nmap, plan, host)
    return Judge("nmap", host.name, (*argv, address), reader, 120.0)


def _ssh_audit(host: PlannedHost) -> Judge:
    argv = ("ssh-audit", "--json", "-p", str(host.ssh.port), str(host.address))
    return Judge("ssh-audit", host.name, argv, partial(opinions.ssh_audit, host.name), 60.0)


def _testssl(host: PlannedHost) -> Judge:
    """Protocols, kinds of ciphers and forward secrecy of the edge: each of its further tests is of
    certificates, which are our own CA's, or of what these have answered."""
    words = ("--quiet", "--warnings", "off", "--color", "0", "--protocols", "--std", "--fs")
    target = f"{host.address}:{EDGE_PORT}"
    argv = ("sh", "-c", _REPORTED, "sh", "testssl", *words, "--jsonfile", "report", target)
    reader = partial(opinions.testssl, f"{host.name} port {EDGE_PORT}")
    return Judge("testssl.sh", host.name, argv, reader, 240.0)


def _lynis(host: PlannedHost) -> Judge:
    words = ("audit", "system", "--cronjob", "--logfile", "/dev/null", "--report-file", "report")
    argv = ("sh", "-c", _REPORTED, "sh", "lynis", *words)
    return Judge("lynis", host.name, argv, partial(opinions.lynis, host.name), 300.0)


async def _hear(judge: Judge, doors: Sequence[Transport], here: Transport) -> list[Remark]:
    """What cannot be read is said to be so, and is no good news."""
    for door in doors:
        try:
            async with asyncio.timeout(judge.patience):
                said = await door.run(*judge.argv)
        except HostError as error:
            return [_unheard(judge, str(error))]
        except TimeoutError:
            return [_unheard(judge, f"not ready after {judge.patience:g} s")]
        if said.code != _NOT_FOUND:
            return _read(judge, said, OPERATOR if door is here else door.host)
    return [_absent(judge, doors)]


def _read(judge: Judge, said: Result, who: str) -> list[Remark]:
    try:
        return list(judge.reader(said.out, who))
    except (ValueError, KeyError, TypeError, AttributeError, SyntaxError) as error:
        why = said.err.strip().rpartition("\n")[2] or f"{type(error).__name__}: {error}"
        return [_unheard(judge, f"it cannot be understood: {why}")]


def _absent(judge: Judge, doors: Sequence[Transport]) -> Remark:
    places = ", ".join(door.host for door in doors)
    what = f"not looked at by {judge.package}: it is not installed on {places}"
    return Remark.note(
        "judge-absent", judge.where, what, f"apt install {judge.package}", judge.package
    )


def _unheard(judge: Judge, why: str) -> Remark:
    what = f"the opinion of {judge.package} is unknown: {why}"
    return Remark.warning("judge-unheard", judge.where, what, "run it by hand", judge.package)
