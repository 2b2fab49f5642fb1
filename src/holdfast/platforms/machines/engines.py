"""The engines that this platform can run."""

from __future__ import annotations

from typing import Any

from holdfast.plan.model import PlannedDatastore
from holdfast.platforms.machines import mysql, postgresql, redis
from holdfast.platforms.machines.engine import Engine

_ENGINES: dict[str, Engine[Any]] = {
    "postgresql": postgresql.ENGINE,
    "mysql": mysql.ENGINE,
    "redis": redis.ENGINE,
}


def engine(datastore: PlannedDatastore) -> Engine[Any]:
    return _ENGINES[datastore.engine]
