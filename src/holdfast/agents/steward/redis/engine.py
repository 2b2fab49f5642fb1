"""Redis, as the steward's loop knows it: members begin empty, and there is no schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..config import Config
from ..engines import Engine, Raw
from ..keeper import Keeper as AnyKeeper
from ..keeper import Outside
from ..log import Log
from .keeper import Keeper
from .settings import parse


def _keepers(
    config: Config, raw: Raw, outside: Callable[[str], Outside], log: Log
) -> Mapping[str, AnyKeeper]:
    shards = parse(raw, config.host)
    return {shard.name: Keeper(config, shard, outside(shard.name), log) for shard in shards}


ENGINE = Engine(_keepers)
