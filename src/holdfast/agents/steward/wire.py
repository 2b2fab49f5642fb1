"""Messages as JSON bytes and back, exactly. Pure.

Dataclasses are the schema: a field more, a field less or a value of another type
is refused, so a steward of another version is noticed, never half understood.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class WireError(ValueError):
    """Bytes that are no message of this version."""


@dataclass(frozen=True)
class Wire(Generic[T]):
    """The language of one engine's keepers: `kinds` are its messages, by name."""

    kinds: Mapping[str, type[T]]

    @classmethod
    def of(cls, *kinds: type[T]) -> Wire[T]:
        return cls({kind.__name__: kind for kind in kinds})

    def encode(self, message: T) -> bytes:
        return json.dumps({"kind": type(message).__name__, **asdict(message)}).encode()  # type: ignore[call-overload]

    def decode(self, data: bytes) -> T:
        """Raises WireError."""
        try:
            raw = json.loads(data)
            kind = self.kinds[raw.pop("kind")]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WireError(f"no message: {data[:80]!r}") from error
        message: T = built(kind, raw)
        return message


def built(kind: Any, raw: object) -> Any:
    """A value of the type `kind` from its JSON. Raises WireError."""
    if isinstance(kind, UnionType):
        (some,) = (each for each in get_args(kind) if each is not type(None))
        return None if raw is None else built(some, raw)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), raw)
    if is_dataclass(kind):
        return _dataclass(kind, raw)
    if type(raw) is not kind:
        raise WireError(f"{raw!r} is no {kind.__name__}")
    return raw


def _dataclass(kind: Any, raw: object) -> Any:
    hints = get_type_hints(kind)
    if not isinstance(raw, dict) or raw.keys() != hints.keys():
        raise WireError(f"{raw!r} is no {kind.__name__}")
    return kind(**{name: built(hint, raw[name]) for name, hint in hints.items()})


def _tuple(kinds: tuple[Any, ...], raw: object) -> tuple[Any, ...]:
    if not isinstance(raw, list):
        raise WireError(f"{raw!r} is no list")
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(raw)
    if len(kinds) != len(raw):
        raise WireError(f"{raw!r} has not {len(kinds)} parts")
    return tuple(built(kind, each) for kind, each in zip(kinds, raw, strict=True))
