"""The reference of the spec as Markdown, from the model itself: docs/reference/spec.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from holdfast.spec.model import System

_HEAD = """\
# The spec: every setting of holdfast.yaml

Written from `src/holdfast/spec/model.py`; `holdfast init` writes an example with all of them.
Durations are a number with `ms`, `s` or `m`, sizes one with `KiB`, `MiB` or `GiB`.
"""


def page() -> str:
    """One section per model, one line per key."""
    schema = System.model_json_schema()
    models = {"System": schema, **schema["$defs"]}
    return "\n".join([_HEAD, *(line for name in models for line in _section(name, models[name]))])


def _section(name: str, model: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {name}\n"
    if "description" in model:
        yield f"{model['description']}\n"
    yield "| key | value | default | what it is for |"
    yield "|---|---|---|---|"
    for key, value in model["properties"].items():
        default = _default(value) if key not in model.get("required", ()) else "required"
        meaning = value.get("description", "").replace("\n", " ")
        yield f"| `{key}` | {_kind(value)} | {default} | {meaning} |"
    yield ""


def _default(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    if default is None or default == [] or "$ref" in value or value.get("type") == "object":
        return ""
    if "examples" in value:
        return f"`{_measure(default)}`"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _measure(number: float) -> str:
    """Sizes are whole numbers of bytes, durations fractions of seconds."""
    return f"{number:g}s" if isinstance(number, float) else f"{number >> 20}MiB"


def _kind(value: Mapping[str, Any]) -> str:
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "examples" in value:
        return f"such as {' or '.join(f'`{one}`' for one in value['examples'])}"
    if "anyOf" in value:
        return _kind(value["anyOf"][0])
    if "const" in value or "enum" in value:
        return " or ".join(f"`{one}`" for one in value.get("enum", [value.get("const")]))
    if value["type"] == "array":
        return f"list of {_kind(value['items'])}"
    if value["type"] == "object" and "patternProperties" not in value:
        return "mapping"
    if value["type"] == "object":
        return f"{_kind(next(iter(value['patternProperties'].values())))} by name"
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}[value["type"]]
