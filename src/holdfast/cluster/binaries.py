"""The six Kubernetes binaries of one release: from a folder, from the release site, or built.

Each is put into the cache when it is whole, so that an interrupted run is continued by the next.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from holdfast.cluster import building, download, record
from holdfast.cluster.places import BINARIES, VERSION
from holdfast.errors import EnvironmentFailure, InputError
from holdfast.hosts.local import Local

Say = Callable[[str], None]
"""Told, in a few words, what is being done."""

WAYS = (
    "three ways: --from FOLDER with the six binaries of that release; --from download where "
    "dl.k8s.io can be reached; --from build with Go 1.21 or newer, or pip, and a Go module proxy"
)


class Source(Protocol):
    """One way to have a binary."""

    async def fetch(self, name: str, target: Path) -> str:
        """Write the binary to `target` and say where it came from.

        Raises EnvironmentFailure."""
        ...


class FromFolder:
    """Binaries that somebody else has provided; each must say that it is of our release."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def fetch(self, name: str, target: Path) -> str:
        path = self._folder / name
        if not path.is_file():
            raise InputError(f"{self._folder} has no {name}", f"it must hold {', '.join(BINARIES)}")
        await checked(path)
        shutil.copy(path, target)
        return f"taken from {self._folder}"


async def checked(path: Path) -> None:
    """Raises InputError for a program that is not of our release."""
    argv = ("version", "--client") if path.name.startswith("kubectl") else ("--version",)
    said = await Local().run(str(path), *argv)
    if f"v{VERSION}" not in said.out.split():
        shown = (said.out or said.err).strip().splitlines() or ["nothing"]
        raise InputError(
            f"{path} is not of release {VERSION}: it says '{shown[0]}'",
            f"provide the binaries of v{VERSION}",
        )


async def provide(source: str, say: Say, at: Path | None = None) -> Path:
    """The folder with all six, fetching what is missing. `source`: `auto`, `download`, `build`
    or a folder. Raises EnvironmentFailure, or InputError for a folder that is not one of them."""
    target = at or record.folder()
    target.mkdir(parents=True, exist_ok=True)
    wanted = record.missing(target)
    if not wanted:
        return target
    chosen = await _source(source, target, say)
    for name in wanted:
        say(f"binaries: {name} ({BINARIES.index(name) + 1} of {len(BINARIES)})")
        await _one(chosen, name, target)
    return target


async def _one(source: Source, name: str, at: Path) -> None:
    part = at / f"{name}.part"
    origin = await source.fetch(name, part)
    part.chmod(0o755)
    entries = {**record.load(at), name: record.entry(part, origin)}
    part.replace(at / name)
    record.save(at, entries)


async def _source(wanted: str, at: Path, say: Say) -> Source:
    match wanted:
        case "download":
            return download.Site()
        case "build":
            return await building.ready(at, say)
        case "auto":
            return await _any(at, say)
        case _:
            return FromFolder(Path(wanted))


async def _any(at: Path, say: Say) -> Source:
    site = download.Site()
    unreachable = await site.unreachable()
    if not unreachable:
        return site
    say(f"binaries: {download.SITE} cannot be reached ({unreachable}); building them")
    try:
        return await building.ready(at, say)
    except EnvironmentFailure as error:
        raise EnvironmentFailure(
            f"the binaries of Kubernetes {VERSION} cannot be had: {unreachable}; {error.message}",
            WAYS,
        ) from error
