"""Which timers: a profile by its name, or one with single timers that differ from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field, model_validator

from holdfast.spec.values import Model


class _Timing(Model):
    values: dict[str, Any] = Field(default={})
    """Single timers that differ from the profile, by their names, which end in their units:
    `corosync.token_ms: 400`. `holdfast converge tune` writes them."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        """A profile's name alone is all that most specs say."""
        return {"profile": given} if isinstance(given, str) else given


class Timing(_Timing):
    """`timers: fast` is short for `timers: {profile: fast}`."""

    profile: Literal["stock", "balanced", "fast"] = "fast"
    """fast: a quiet network of its own. balanced: busy hosts or links. stock: as the parts come."""


class ClusterTiming(_Timing):
    """`timers: fast` is short for `timers: {profile: fast}`."""

    profile: Literal["legacy", "stock", "balanced", "fast"] = "fast"
    """fast: a quiet network of its own. balanced: slow disks, longer links. stock: as the
    components come. legacy: a careful hand-built cluster of 2019, to compare with."""


def short(*names: str) -> Callable[[dict[str, Any]], None]:
    """For editors: the mapping, or one of these names alone."""

    def widen(schema: dict[str, Any]) -> None:
        schema["anyOf"] = [
            {"$ref": schema.pop("$ref")},
            {"type": "string", "enum": list(names)},
        ]
        schema["default"] = "fast"

    return widen
