"""Writes a rendered project, and says what has changed since it was last written."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import EnvironmentFailure, InputError
from holdfast.platforms.machines.project import HOSTS, INVENTORY, PLAYBOOK, Leaf


@dataclass(frozen=True)
class Changes:
    """Paths relative to the project, sorted."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def write(leaves: Sequence[Leaf], folder: Path) -> Changes:
    """Make `folder` hold exactly the project, touching only what differs.

    Raises InputError for a folder that holds something else, EnvironmentFailure when it cannot be
    written.
    """
    ours = any((folder / leaf).exists() for leaf in (PLAYBOOK, INVENTORY))
    if folder.exists() and any(folder.iterdir()) and not ours:
        raise InputError(
            f"{folder} holds something else than a rendered system",
            "name a folder that is empty or does not exist",
        )
    try:
        return _write(leaves, folder)
    except OSError as error:
        raise EnvironmentFailure(f"{folder} cannot be written: {error}") from error


def _write(leaves: Sequence[Leaf], folder: Path) -> Changes:
    wanted = {leaf.path for leaf in leaves}
    fresh = [leaf for leaf in leaves if not (folder / leaf.path).exists()]
    differing = [leaf for leaf in leaves if leaf not in fresh and not _same(folder, leaf)]
    removed = sorted(path for path in _rendered(folder) if path not in wanted)
    folder.mkdir(parents=True, exist_ok=True)
    for leaf in (*fresh, *differing):
        _put(folder / leaf.path, leaf)
    for path in removed:
        _remove(folder, path)
    return Changes(
        tuple(sorted(leaf.path for leaf in fresh)),
        tuple(sorted(leaf.path for leaf in differing)),
        tuple(removed),
    )


def _same(folder: Path, leaf: Leaf) -> bool:
    path = folder / leaf.path
    mode = stat.S_IMODE(path.stat().st_mode)
    return mode == leaf.mode and path.read_bytes() == leaf.content.encode()


def _rendered(folder: Path) -> list[str]:
    """What an earlier rendering, or running it, has left of the hosts' files."""
    roots = (folder / HOSTS, folder / "manifests", folder / "seeds", folder / "objects")
    return [
        str(path.relative_to(folder))
        for root in roots
        for path in root.rglob("*")
        if not path.is_dir()
    ]


def _put(path: Path, leaf: Leaf) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, leaf.mode), "w") as file:
        file.write(leaf.content)
    path.chmod(leaf.mode)


def _remove(folder: Path, path: str) -> None:
    """The file, and the folders that it leaves empty."""
    (folder / path).unlink()
    for parent in (folder / path).parents:
        if parent == folder or any(parent.iterdir()):
            return
        parent.rmdir()
