"""The BMCs of a lab's hosts: their accounts, whether they have power, and the process that plays
them (bmcs.py), which outlives the command that starts it.

    <lab>/bmc/ca.crt, server.crt, server.key   TLS of the lab's own
    <lab>/bmc/<host>.password                  of the account that is named as its host
    <lab>/bmc/<host>.dead                      while this BMC has no power
    <lab>/bmc/log                              who asked for what
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from holdfast.errors import LabError
from holdfast.hosts.local import command_line
from holdfast.lab.place import Lab
from holdfast.lab.tool import must
from holdfast.pki.authority import Authority
from holdfast.pki.identities import Identity

_MODULE = "holdfast.lab.bmcs"
_READY_TRIES = 200
_GONE_TRIES = 300
_PAUSE_S = 0.05
_PASSWORD_BYTES = 16


def password(lab: Lab, host: str) -> str | None:
    """Of the host's account; None for a host that the lab does not have."""
    if not host.isalnum():
        return None
    try:
        return lab.bmc_password(host).read_text().strip()
    except FileNotFoundError:
        return None


def certificate(lab: Lab) -> tuple[Path, Path]:
    """The service's, and its key."""
    return lab.bmc / "server.crt", lab.bmc / "server.key"


def dead(lab: Lab, host: str) -> bool:
    """Whether the host's BMC has lost its power, too."""
    return _grave(lab, host).exists()


def cut(lab: Lab, host: str) -> None:
    """Take the BMC's power away."""
    if lab.bmc.is_dir():
        _grave(lab, host).touch()


def revive(lab: Lab, host: str) -> None:
    """Give the BMC power again."""
    _grave(lab, host).unlink(missing_ok=True)


def running(lab: Lab) -> bool:
    """Whether the lab's Redfish service is there."""
    return _find(lab) is not None


async def start(lab: Lab, hosts: Iterable[str]) -> None:
    """Give each host its account, and start the service unless it runs. Raises LabError."""
    _furnish(lab, hosts)
    if running(lab):
        return
    begin = 'log="$1"; shift; exec setsid --fork "$@" </dev/null >>"$log" 2>&1'
    log = str(lab.bmc / "log")
    await must("sh", "-ec", begin, "begin", log, *_command(lab))
    for _ in range(_READY_TRIES):
        if await _answers(lab):
            return
        await asyncio.sleep(_PAUSE_S)
    raise LabError("the lab's Redfish service does not answer", hint=f"it may say why in {log}")


async def stop(lab: Lab) -> None:
    """End the service, once it has done what it is doing; by force if it takes long."""
    for attempt in range(_GONE_TRIES + 1):
        if (pid := _find(lab)) is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM if attempt < _GONE_TRIES else signal.SIGKILL)
        await asyncio.sleep(_PAUSE_S)


def _grave(lab: Lab, host: str) -> Path:
    return lab.bmc / f"{host}.dead"


def _command(lab: Lab) -> tuple[str, ...]:
    return (sys.executable, "-m", _MODULE, lab.name)


def _find(lab: Lab) -> int | None:
    """By its arguments, so that no record of it can be lost or wrong."""
    wanted = _command(lab)[1:]
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return next((pid for pid in pids if command_line(pid)[1:] == wanted), None)


async def _answers(lab: Lab) -> bool:
    try:
        _, writer = await asyncio.open_connection(str(lab.operator), lab.BMC_PORT)
    except OSError:
        return False
    writer.close()
    return True


def _furnish(lab: Lab, hosts: Iterable[str]) -> None:
    lab.bmc.mkdir(mode=0o700, exist_ok=True)
    for host in hosts:
        if password(lab, host) is None:
            _keep(lab.bmc_password(host), secrets.token_urlsafe(_PASSWORD_BYTES) + "\n")
    if lab.bmc_ca.exists():
        return
    authority = Authority.create(f"lab {lab.id}", datetime.now(UTC))
    identity = Identity("bmc", addresses=(lab.operator,), client=False)
    pair = authority.issue(identity, datetime.now(UTC))
    cert, key = certificate(lab)
    _keep(key, pair.key)
    _keep(cert, pair.cert)
    _keep(lab.bmc_ca, authority.pair.cert)


def _keep(path: Path, text: str) -> None:
    """As a whole or not at all."""
    draft = path.with_name(f".{path.name}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
