"""The engines that a steward can mind; each is a package of its own, loaded when it is needed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .config import Config
from .keeper import Keeper, Outside
from .log import Log

Raw = Mapping[str, Any]
"""A datastore as steward.json describes it; each engine knows its own fields."""


@dataclass(frozen=True)
class Engine:
    """keepers  by name; `outside` makes what the keeper of a given name reaches
    seed     makes the fresh datastore's first data here, and an archive of them: its path
    unpack   begins another member from that archive
    schema   applies a folder's numbered scripts on the primary: the names of what was applied now

    They raise FailedError, OSError, ValueError, LookupError. Those that an engine has no use for
    are None.
    """

    keepers: Callable[[Config, Raw, Callable[[str], Outside], Log], Mapping[str, Keeper]]
    seed: Callable[[Config, Raw], Path] | None = None
    unpack: Callable[[Config, Raw, Path], None] | None = None
    schema: Callable[[Config, Raw, Path], list[str]] | None = None


def engine(datastore: Raw) -> Engine:
    """Raises ModuleNotFoundError for one that this steward does not know."""
    name: Literal["postgresql", "mysql", "redis"] = datastore["engine"]
    found: Engine = importlib.import_module(f".{name}.engine", __package__).ENGINE
    return found
