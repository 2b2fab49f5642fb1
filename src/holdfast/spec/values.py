"""Kinds of values that a spec is made of.

Durations are written `300ms`, `1s` or `2m` and are held in seconds; sizes are written `512MiB` and
are held in bytes.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from holdfast.spec import patterns

Name = Annotated[str, StringConstraints(pattern=patterns.NAME)]
UrlPath = Annotated[str, StringConstraints(pattern=patterns.URL_PATH)]
Rate = Annotated[str, StringConstraints(pattern=patterns.RATE)]
Text = Annotated[str, StringConstraints(pattern=patterns.TEXT)]
Folder = Annotated[str, StringConstraints(pattern=patterns.FOLDER)]
Interface = Annotated[str, StringConstraints(pattern=patterns.INTERFACE)]
User = Annotated[str, StringConstraints(pattern=patterns.USER)]
Package = Annotated[str, StringConstraints(pattern=patterns.PACKAGE)]
DnsName = Annotated[str, StringConstraints(pattern=patterns.DNS_NAME)]
HttpsUrl = Annotated[str, StringConstraints(pattern=patterns.HTTPS_URL)]

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_BYTES = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_DURATION = r"^(\d+(?:\.\d+)?) ?(ms|s|m)$"
_SHARE = r"^(\d+(?:\.\d+)?) ?%$"
_SIZE = r"^(\d+) ?(KiB|MiB|GiB)$"


def _seconds(value: Any) -> Any:
    if isinstance(value, str) and (match := re.fullmatch(_DURATION, value)):
        return float(match[1]) * _SECONDS[match[2]]
    if isinstance(value, float | int) and not isinstance(value, bool):
        return value
    raise ValueError("not a duration: write a number with its unit, such as 300ms, 1s or 2m")


def _fraction(value: Any) -> Any:
    if isinstance(value, str) and (match := re.fullmatch(_SHARE, value)):
        return float(match[1]) / 100
    if isinstance(value, float | int) and not isinstance(value, bool):
        return value
    raise ValueError("not a share: write a number with a percent sign, such as 1% or 0.5%")


def _bytes(value: Any) -> Any:
    if isinstance(value, str) and (match := re.fullmatch(_SIZE, value)):
        return int(match[1]) * _BYTES[match[2]]
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("not a size: write a number with its unit, such as 512MiB or 2GiB")


def _written(pattern: str, *examples: str) -> WithJsonSchema:
    """A number with its unit, or without one in files that programs write."""
    text = {"type": "string", "pattern": pattern}
    number = {"type": "number", "exclusiveMinimum": 0}
    return WithJsonSchema({"anyOf": [text, number], "examples": list(examples)})


def _network(value: str) -> str:
    try:
        IPv4Network(value)
    except ValueError:
        raise ValueError("not an address or network: write 10.0.0.7 or 10.0.0.0/24") from None
    return value


Network = Annotated[str, AfterValidator(_network)]
Seconds = Annotated[
    float,
    BeforeValidator(_seconds),
    Field(gt=0, allow_inf_nan=False),
    _written(_DURATION, "300ms", "1s"),
]
Share = Annotated[
    float,
    BeforeValidator(_fraction),
    Field(gt=0, le=1, allow_inf_nan=False),
    _written(_SHARE, "1%", "0.5%"),
]
Bytes = Annotated[int, BeforeValidator(_bytes), Field(gt=0), _written(_SIZE, "64MiB", "2GiB")]


class Model(BaseModel):
    """Frozen, and strict about what it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, serialize_by_alias=True
    )


T = TypeVar("T")
Named = Annotated[dict[Name, T], Field(json_schema_extra={"additionalProperties": False})]
