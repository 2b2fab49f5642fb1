"""One lab host: its disk, its identity, its power.

The disk is an overlay: the shared image below, the host's own changes above. A power cut leaves
the changes as a pulled plug would leave a disk whose cache is never lost: what the kernel here has
taken over counts as written, so a lab host cannot show that a program forgot to call fsync.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import LabError
from holdfast.lab import network, nodes, processes, recipe
from holdfast.lab.launch import launcher
from holdfast.lab.locks import locked
from holdfast.lab.place import MOST, Lab, names
from holdfast.lab.tool import must

_POLL_S = 0.01
_GRACE_POLLS = 100
_DEAD_WITHIN_S = 15.0
_HOST_KEY = "etc/ssh/ssh_host_ed25519_key"


@dataclass(frozen=True)
class LabHost:
    lab: Lab
    name: str

    @property
    def machine(self) -> str:
        return self.lab.machine(self.name)

    @property
    def folder(self) -> Path:
        return self.lab.folder / self.name

    @property
    def root(self) -> Path:
        """The mounted disk."""
        return self.folder / "root"

    @property
    def console(self) -> Path:
        return self.folder / "console.log"

    @property
    def public_key(self) -> str:
        """The host's SSH key, as sshd shows it."""
        return (self.root / f"{_HOST_KEY}.pub").read_text().strip()

    def exists(self) -> bool:
        return self.folder.is_dir()

    def running(self) -> bool:
        return processes.find(self.machine) is not None

    @property
    def is_node(self) -> bool:
        """Whether it is made for Kubernetes."""
        return nodes.is_node(self.folder)

    async def prepare(self, image: Path, binaries: Path | None) -> None:
        """Mount the disk, made first if there is none, and give the host its identity.
        `binaries`: Kubernetes' own, for a host that is to be a node."""
        async with locked(self.folder):
            if binaries is not None:
                nodes.make(self.folder, binaries)
            if not self.root.is_mount():
                await self._mount(image)
            await self._identify()

    async def on(self) -> None:
        """Start booting, unless it is on. Raises LabError."""
        async with locked(self.folder):
            if self.running():
                return
            if not self.root.is_mount():
                raise LabError(f"{self.name} has no disk mounted", hint="holdfast lab up")
            await launcher().launch(self.machine, self._nspawn(), self.console, self.is_node)

    async def off(self) -> None:
        """Cut the power: first the cable, so that no FIN or RST tells anybody, then PID 1."""
        await network.pull_cable(self.lab, self.name)
        async with locked(self.folder):
            await self._kill()

    def freeze(self) -> None:
        """Stop every process. Raises LabError for a host that is off."""
        found = processes.find(self.machine)
        if found is None:
            raise LabError(
                f"{self.name} is off", hint=f"switch it on: holdfast lab power {self.name} on"
            )
        found.freeze()

    def thaw(self) -> None:
        """Let its processes go on, if there are any."""
        if found := processes.find(self.machine):
            found.thaw()

    def shutdown(self) -> None:
        """Ask the host to shut down and switch itself off, as its power button would."""
        if found := processes.find(self.machine):
            found.power_button()

    async def remove(self) -> None:
        """Cut the power and let go of the disk; works on any half of a host, or on none."""
        await network.pull_cable(self.lab, self.name)
        await self._kill()
        while self.root.is_mount():
            await must("umount", str(self.root))

    async def _kill(self) -> None:
        try:
            async with asyncio.timeout(_DEAD_WITHIN_S):
                polls = 0
                while found := processes.find(self.machine):
                    found.power_cut(hard=polls > _GRACE_POLLS)
                    polls += 1
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise LabError(
                f"{self.name} would not die: process {found} is still there after a SIGKILL",
                hint="look at what it waits for: cat /proc/<pid>/stack",
            ) from None
        await network.remove_cable(self.lab, self.name)
        await launcher().clear(self.machine)

    async def _mount(self, image: Path) -> None:
        for part in ("upper", "work", "root"):
            (self.folder / part).mkdir(exist_ok=True)
        layers = f"lowerdir={image},upperdir={self.folder}/upper,workdir={self.folder}/work"
        await must("mount", "-t", "overlay", self.machine, "-o", layers, str(self.root))

    async def _identify(self) -> None:
        """Write what tells this host from its sisters. Doing it again changes nothing."""
        (self.root / "etc/hostname").write_text(f"{self.name}\n")
        address = f"{self.lab.address(self.name)}/{self.lab.network.prefixlen}"
        network_file = self.root / recipe.NETWORK_ADDRESS.removeprefix("/")
        network_file.write_text(f"ADDRESS={address}\n")
        ssh = self.root / "root/.ssh"
        ssh.mkdir(mode=0o700, exist_ok=True)
        (ssh / "authorized_keys").write_text(self.lab.key.with_suffix(".pub").read_text())
        machine_id = self.root / "etc/machine-id"
        if not machine_id.read_text().strip():
            machine_id.write_text(f"{uuid.uuid4().hex}\n")
        await make_key(self.root / _HOST_KEY, f"root@{self.name}")

    def _nspawn(self) -> tuple[str, ...]:
        return (
            "systemd-nspawn",
            "--quiet",
            "--boot",
            f"--directory={self.root}",
            f"--machine={self.machine}",
            f"--hostname={self.name}",
            "--settings=no",
            "--register=no",
            "--keep-unit",
            "--console=pipe",
            "--link-journal=no",
            "--resolv-conf=off",
            "--timezone=off",
            f"--network-bridge={self.lab.bridge}",
            *(nodes.options(self.folder) if self.is_node else ("--capability=CAP_IPC_LOCK",)),
        )


def some(lab: Lab, hosts: int) -> tuple[LabHost, ...]:
    """The lab's first hosts, whether they exist or not."""
    return tuple(LabHost(lab, name) for name in names(hosts))


def existing(lab: Lab) -> tuple[LabHost, ...]:
    """The hosts that the lab has, on or off."""
    return tuple(host for host in some(lab, MOST) if host.exists())


def existing_host(lab: Lab, name: str) -> LabHost:
    """Raises LabError when the lab has no such host."""
    for host in existing(lab):
        if host.name == name:
            return host
    have = listed(existing(lab)) or "none"
    raise LabError(f"no host {name} in this lab, which has {have}", hint="boot it: holdfast lab up")


def listed(hosts: Iterable[LabHost]) -> str:
    """Their names, for people."""
    return " ".join(host.name for host in hosts)


async def make_key(key: Path, comment: str) -> None:
    """Make an SSH key pair, unless it is there in whole."""
    if _half(key):
        await must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(key))


def _half(key: Path) -> bool:
    """Whether the pair is not there in whole; what there is of it is removed."""
    whole = key.with_suffix(".pub").exists()
    if not whole:
        key.unlink(missing_ok=True)
    return not whole
