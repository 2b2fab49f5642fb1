"""Single timers changed by their names, group.field: etcd.election_ms, corosync.token_ms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


def changed(timers: M, values: Mapping[str, Any]) -> M:
    """Raises KeyError for a name that none has, ValidationError for a value that none can have."""
    data = timers.model_dump()
    for name, value in values.items():
        *groups, field = name.split(".")
        place = data
        for group in groups:
            place = place[group]
        if not isinstance(place, dict) or field not in place:
            raise KeyError(name)
        place[field] = value
    return type(timers).model_validate(data)


def named(timers: BaseModel) -> dict[str, Any]:
    """Every timer by its name."""
    found: dict[str, Any] = {}
    for name, value in timers:
        if isinstance(value, BaseModel):
            found |= {f"{name}.{inner}": v for inner, v in named(value).items()}
        else:
            found[name] = value
    return found
