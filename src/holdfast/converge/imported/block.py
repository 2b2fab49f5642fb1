"""The `timers:` block: imported timers as a spec takes them, each with its origin; and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from holdfast.converge.imported.reading import broken
from holdfast.converge.imported.values import Imported, Value
from holdfast.errors import InputError
from holdfast.finding import Finding, SpecPath
from holdfast.spec.tree import Tree
from holdfast.spec.tree import read as read_yaml
from holdfast.timers import change
from holdfast.timers.cluster.model import ClusterTimers
from holdfast.timers.cluster.profiles import PROFILES as CLUSTER_PROFILES
from holdfast.timers.model import Timers
from holdfast.timers.profiles import PROFILES

AnyTimers = ClusterTimers | Timers

_CLUSTER: SpecPath = ("cluster", "timers")
_MACHINES: SpecPath = ("timers",)
_PROFILE = "stock"
"""What nobody has set is as upstream has it."""


def platforms(seen: Imported) -> dict[str, AnyTimers]:
    """Under `timers` a cluster's, and under `machines` those of machines, if there are both; else
    what there is under `timers`."""
    found = [timers for timers in (seen.cluster, seen.machines) if timers is not None]
    return dict(zip(("timers", "machines"), found, strict=False))


def written(seen: Imported) -> str:
    """As YAML: what the files set, and what an older version has otherwise than stock."""
    lines = ["# Written by `holdfast converge import`: each timer with its origin."]
    if seen.cluster is not None:
        lines += ("cluster:", *_block(seen, seen.cluster, CLUSTER_PROFILES[_PROFILE], "  "))
    if seen.machines is not None:
        lines += _block(seen, seen.machines, PROFILES[_PROFILE], "")
    return "\n".join((*lines, ""))


def _block(seen: Imported, timers: AnyTimers, stock: AnyTimers, indent: str) -> Iterator[str]:
    usual = change.named(stock)
    told = [
        (name, seen.values[name])
        for name, value in change.named(timers).items()
        if name in seen.values and (seen.values[name].where.file or value != usual[name])
    ]
    yield f"{indent}timers:"
    yield f"{indent}  profile: {_PROFILE}"
    if told:
        yield f"{indent}  values:"
    width = max((len(f"{name}: {_scalar(value)}") for name, value in told), default=0)
    for name, value in told:
        yield f"{indent}    {f'{name}: {_scalar(value)}':<{width}}  # {_origin(value)}"


def _scalar(value: Value) -> str:
    if value.value is None:
        return "null"
    return str(value.value).lower() if isinstance(value.value, bool) else str(value.value)


def _origin(value: Value) -> str:
    return f"{value.origin}: {value.text}" if value.text else value.origin


def timers_of(text: str, file: str) -> AnyTimers:
    """Of a block that was written before; a cluster's, if there is one. Raises InputError with the
    lines that do not fit."""
    tree = read_yaml(text, file)
    cluster = _at(tree.data, _CLUSTER)
    if cluster is not None:
        return _chosen(tree, _CLUSTER, cluster, CLUSTER_PROFILES)
    return _chosen(tree, _MACHINES, _at(tree.data, _MACHINES), PROFILES)


def _at(data: Any, path: SpecPath) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _chosen(tree: Tree, path: SpecPath, timing: Any, profiles: Mapping[str, Any]) -> AnyTimers:
    known = isinstance(timing, dict) and timing.get("profile") in profiles
    values = timing.get("values", {}) if known else None
    if tree.findings or not isinstance(values, dict):
        hint = "write one with `holdfast converge import -o FILE`"
        raise broken(tree.where(path), "no 'timers:' block with a profile and values", hint)
    profile = profiles[timing["profile"]]
    if wrong := tuple(change.findings(profile, values, (*path, "values"))):
        raise InputError(f"{tree.file} cannot be read", findings=_located(tree, wrong))
    timers: AnyTimers = change.chosen(profiles, timing["profile"], values)
    return timers


def _located(tree: Tree, findings: tuple[Finding, ...]) -> list[Finding]:
    return [replace(finding, where=tree.where(finding.path)) for finding in findings]
