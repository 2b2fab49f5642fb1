"""Single timers changed by their names, group.field: etcd.election_ms, corosync.token_ms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from holdfast.finding import Finding, SpecPath

M = TypeVar("M", bound=BaseModel)

_PROFILE = "profile"


def chosen(profiles: Mapping[str, M], profile: str, values: Mapping[str, Any]) -> M:
    """A profile with what differs from it; its own name then says so. Raises as `changed`."""
    if not values:
        return profiles[profile]
    return changed(profiles[profile], {**values, _PROFILE: f"{profile}, tuned"})


def findings(timers: BaseModel, values: Mapping[str, Any], path: SpecPath) -> Iterator[Finding]:
    """What is wrong with single timers that stand at `path`, one by one."""
    known = {name: value for name, value in named(timers).items() if name != _PROFILE}
    for name, value in values.items():
        if name not in known:
            close = get_close_matches(name, known, n=1) or ["etcd.election_ms"]
            yield Finding.error(
                "timers-unknown",
                f"there is no timer '{name}'",
                f"write it as reports do, such as {close[0]}",
                (*path, name),
            )
            continue
        try:
            changed(timers, {name: value})
        except ValidationError as error:
            yield Finding.error(
                "timers-value",
                f"{name} cannot be {value}: {error.errors()[0]['msg'].lower()}",
                f"write a value of the kind of {known[name]}",
                (*path, name),
            )


def changed(timers: M, values: Mapping[str, Any]) -> M:
    """Raises KeyError for a name that none has, ValidationError for a value that none can have."""
    data = timers.model_dump()
    for name, value in values.items():
        *groups, field = name.split(".")
        place: Any = data
        for group in groups:
            place = place.get(group) if isinstance(place, dict) else None
        if not isinstance(place, dict) or isinstance(place.get(field, {}), dict):
            raise KeyError(name)
        place[field] = value
    return type(timers).model_validate(data, strict=True)


def named(timers: BaseModel) -> dict[str, Any]:
    """Every timer by its name."""
    found: dict[str, Any] = {}
    for name, value in timers:
        if isinstance(value, BaseModel):
            found |= {f"{name}.{inner}": v for inner, v in named(value).items()}
        else:
            found[name] = value
    return found
