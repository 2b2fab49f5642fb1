"""Reads the folders that a system ships, before rendering starts."""

from __future__ import annotations

import os
from pathlib import Path

import holdfast.agents
from holdfast.errors import InputError
from holdfast.plan.model import Plan
from holdfast.platforms.machines.sources import Folder, Source, Sources

_AGENTS = Path(holdfast.agents.__file__).parent


def gather(plan: Plan, base: Path) -> Sources:
    """Everything that `plan` ships; `base` is the spec's folder. Raises InputError for a folder
    that cannot be read or a file that is not text."""
    return Sources(
        steward=read_agent("steward"),
        pacemaker=read_folder(_AGENTS / "pacemaker"),
        services={
            s.name: read_folder(base / s.spec.source) for s in plan.services if s.spec.source
        },
        schemas={
            d.name: read_folder(base / d.spec.schema_dir, "*.sql")
            for d in plan.datastores
            if d.spec.schema_dir
        },
    )


def ansible() -> Folder:
    """The playbook, its modules and plugins."""
    return read_folder(_AGENTS / "ansible")


def ansible_for_clusters() -> Folder:
    """The same with the playbook for Kubernetes clusters."""
    return {**ansible(), **read_folder(_AGENTS / "cluster")}


def read_agent(name: str) -> Folder:
    """A program of ours that runs on hosts."""
    return read_folder(_AGENTS / name, "*.py")


def node_agent() -> Folder:
    """The node agent, with what it shares with the steward in the place that it has here."""
    shared = read_folder(_AGENTS / "steward", "*.py")
    return {
        "agents/__init__.py": _read(_AGENTS / "__init__.py"),
        **{f"agents/node/{p}": s for p, s in read_folder(_AGENTS / "node", "*.py").items()},
        **{f"agents/steward/{path}": shared[path] for path in _SHARED},
    }


_SHARED = (
    "__init__.py",
    "cpg.py",
    "durable.py",
    "log.py",
    "membership.py",
    "notify.py",
    "view.py",
    "wire.py",
)


def read_folder(folder: Path, pattern: str = "*") -> Folder:
    """Files below `folder` by relative path. Left out: hidden ones, and Python's caches."""
    found = sorted(path for path in folder.rglob(pattern) if path.is_file())
    relative = ((path, path.relative_to(folder)) for path in found)
    return {str(name): _read(path) for path, name in relative if not _ignored(name)}


def _ignored(name: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in name.parts)


def _read(path: Path) -> Source:
    try:
        return Source(path.read_text(encoding="utf-8"), os.access(path, os.X_OK))
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not a text file",
            "only UTF-8 text is shipped with a service; put anything else into a Debian package",
        ) from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
