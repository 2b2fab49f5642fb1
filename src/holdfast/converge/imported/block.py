"""The `timers:` block: imported timers as YAML, each with its origin in a comment; and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from holdfast.converge.imported.reading import broken
from holdfast.converge.imported.values import Imported, Value
from holdfast.finding import Where
from holdfast.spec.tree import read as read_yaml
from holdfast.timers.cluster.model import ClusterTimers
from holdfast.timers.model import Timers

_COLUMN = 44


def blocks(seen: Imported) -> tuple[str, ...]:
    """One text for each platform that the files tell of."""
    return tuple(
        _block(seen, timers) for timers in (seen.cluster, seen.machines) if timers is not None
    )


def _block(seen: Imported, timers: ClusterTimers | Timers) -> str:
    files = ", ".join(reading.file for reading in seen.readings)
    lines = _lines(timers.model_dump(), "", "  ", seen.values)
    return "\n".join((f"# from {files}", "timers:", *lines, ""))


def _lines(
    group: Mapping[str, Any], prefix: str, indent: str, values: Mapping[str, Value]
) -> Iterator[str]:
    for key, found in group.items():
        if isinstance(found, Mapping):
            yield f"{indent}{key}:"
            yield from _lines(found, f"{prefix}{key}.", f"{indent}  ", values)
        else:
            said = f"{indent}{key}: {_scalar(found)}"
            value = values.get(f"{prefix}{key}")
            yield f"{said:<{_COLUMN}}# {_origin(value)}" if value else said


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _origin(value: Value) -> str:
    return f"{value.origin}: {value.text}" if value.text else value.origin


def timers_of(text: str, file: str) -> ClusterTimers | Timers:
    """Of a block that was written before. Raises InputError with the line that does not fit."""
    tree = read_yaml(text, file)
    data = tree.data.get("timers") if isinstance(tree.data, dict) else None
    if tree.findings or not isinstance(data, dict):
        raise broken(
            Where(file), "no 'timers:' block", "write one with `holdfast converge import -o FILE`"
        )
    model: type[ClusterTimers | Timers] = ClusterTimers if "etcd" in data else Timers
    try:
        return model.model_validate(data, strict=True)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        where = tree.where(("timers", *detail["loc"]))
        name = ".".join(str(part) for part in detail["loc"])
        problem = f"{name}: {detail['msg'].lower()}"
        raise broken(where, problem, "every timer stands there once, as a whole number") from error
