"""MySQL, as the steward's loop and its verbs know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ..config import Config
from ..engines import Engine, Raw
from ..keeper import Keeper as AnyKeeper
from ..keeper import Outside
from ..log import Log
from . import schema, seed
from .keeper import Keeper
from .settings import parse


def _keepers(
    config: Config, raw: Raw, outside: Callable[[str], Outside], log: Log
) -> Mapping[str, AnyKeeper]:
    datastore = parse(raw)
    return {datastore.name: Keeper(config, datastore, outside(datastore.name), log)}


def _seed(config: Config, raw: Raw) -> Path:
    return seed.seed(config, parse(raw))


def _unpack(_: Config, raw: Raw, archive: Path) -> None:
    seed.unpack(parse(raw), archive)


def _schema(_: Config, raw: Raw, folder: Path) -> list[str]:
    return schema.apply(parse(raw), folder)


ENGINE = Engine(_keepers, _seed, _unpack, _schema)
