"""The model's complaints in our own words: what is wrong, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic_core import ErrorDetails

from holdfast.finding import Finding, SpecPath
from holdfast.spec import patterns
from holdfast.spec.model import System
from holdfast.spec.tree import Tree

_KINDS = {
    "string_type": ("text", "put it in quotes"),
    "int_type": ("a whole number", "write digits only: no quotes, no fraction, no leading zero"),
    "float_type": ("a number", "write a number such as 1.5"),
    "finite_number": ("a number with an end", "write a smaller one"),
    "bool_type": ("true or false", "write true or false; yes, no, on and off are only words here"),
    "tuple_type": ("a list", "write [one, two], or a line for each item that begins with '- '"),
    "dict_type": ("a mapping", "write a 'name: ...' line for each entry, indented below it"),
    "model_type": ("a mapping", "write 'key: value' lines, indented below it, or {key: value}"),
}

_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def finding(error: ErrorDetails, tree: Tree) -> Finding:
    """One complaint of the model, said and placed."""
    path: SpecPath = tuple(error["loc"])
    kind = error["type"]
    if kind == "extra_forbidden":
        return _placed(_unknown(path), tree, at_key=True)
    if kind == "missing":
        return _placed(_missing(path), tree, at_key=False)
    if path[-1:] == ("[key]",):
        path = path[:-1]
        return _placed(_pattern(path, f"'{path[-1]}'", error), tree, at_key=True)
    return _placed(_value(path, error), tree, at_key=False)


def _placed(said: Finding, tree: Tree, *, at_key: bool) -> Finding:
    where = tree.where_key(said.path) if at_key else tree.where(said.path)
    return replace(said, where=where)


def _unknown(path: SpecPath) -> Finding:
    parent, key = path[:-1], str(path[-1])
    allowed = sorted(shape(parent).get("properties", {}))
    close = get_close_matches(key, allowed, n=1)
    hint = f"did you mean '{close[0]}'? " if close else ""
    place = f" in {spelt(parent)}" if parent else ""
    return Finding.error(
        "spec-unknown-key",
        f"unknown key '{key}'{place}",
        f"{hint}allowed here: {', '.join(allowed)}",
        path,
    )


def _missing(path: SpecPath) -> Finding:
    parent, key = path[:-1], path[-1]
    return Finding.error(
        "spec-missing-key",
        f"{spelt(parent) or 'the file'} lacks the key '{key}'",
        f"add '{key}: ...'{_purpose(path)}",
        path,
    )


def _value(path: SpecPath, error: ErrorDetails) -> Finding:
    kind, label, shown = error["type"], spelt(path) or "the file", _shown(error["input"])
    if kind == "string_pattern_mismatch":
        return _pattern(path, f"{label}: {shown}", error)
    if kind in _KINDS:
        noun, hint = _KINDS[kind]
        return Finding.error("spec-type", f"{label} must be {noun}, not {shown}", hint, path)
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        limit = error.get("ctx", {})[bound]
        message = f"{label} must be {words} {limit}, not {shown}"
        return Finding.error("spec-range", message, f"write another number{_purpose(path)}", path)
    if kind == "literal_error":
        return _choice(path, label, error["input"])
    if shape(path).get("format") == "ipv4":
        hint = "write four numbers from 0 to 255, such as 10.0.0.11"
        return Finding.error("spec-value", f"{label}: {shown} is not an IPv4 address", hint, path)
    what, _, hint = str(error.get("ctx", {}).get("error", error["msg"])).partition(": ")
    hint = hint or f"write another value{_purpose(path)}"
    return Finding.error("spec-value", f"{label}: {shown} is {what}", hint, path)


def _pattern(path: SpecPath, subject: str, error: ErrorDetails) -> Finding:
    rule = error.get("ctx", {})["pattern"]
    what, hint = patterns.MEANING.get(rule, (f"of the form {rule}", "write it in that form"))
    return Finding.error("spec-value", f"{subject} is not {what}", hint, path)


def _choice(path: SpecPath, label: str, given: object) -> Finding:
    node = shape(path)
    allowed = [str(one) for one in node.get("enum", [node.get("const")])]
    close = get_close_matches(str(given), allowed, n=1)
    hint = f"did you mean '{close[0]}'? " if close else ""
    return Finding.error(
        "spec-value",
        f"{label}: {_shown(given)} is not understood",
        f"{hint}write {' or '.join(allowed)}",
        path,
    )


def spelt(path: SpecPath) -> str:
    """hosts[1].fence: as people write it."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 40 else f"'{value[:37]}...'"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return str(value)


def _purpose(path: SpecPath) -> str:
    description = str(shape(path).get("description", "")).replace("\n", " ")
    return f" ({description})" if description else ""


@cache
def _schema() -> dict[str, Any]:
    return System.model_json_schema()


def shape(path: SpecPath) -> Mapping[str, Any]:
    """The JSON Schema of the value at `path`; empty where the spec has no such place."""
    node = _resolved(_schema())
    for part in path:
        if isinstance(part, int):
            node = _resolved(node.get("items", {}))
        else:
            others = [*node.get("patternProperties", {}).values(), {}]
            node = _resolved(node.get("properties", {}).get(part, others[0]))
    return node


def _resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference; of `X or null`, take X. A description beside it wins."""
    inner = node
    if "$ref" in node:
        inner = _schema()["$defs"][node["$ref"].rpartition("/")[2]]
    elif "anyOf" in node:
        inner = _resolved(node["anyOf"][0])
    if "description" in node:
        return {**inner, "description": node["description"]}
    return inner
