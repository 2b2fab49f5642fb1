"""YAML text in, plain data out, with the line and column of every value.

Built from the parser's events, so that what YAML would do behind one's back can be refused where
it stands: anchors and aliases (a few lines may mean gigabytes), tags, second documents, the
second of two equal keys. A plain scalar changes its type only if that is what its writer sees:
`true`, `null`, `12`, `1.5`. So `no` is a word, `22:22` is text, and `010` is not eight.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from holdfast.errors import InputError
from holdfast.finding import Finding, SpecPath, Where

MAX_DEPTH = 16
"""Levels of nesting; the deepest value of a spec is on the fifth."""

_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Tree:
    """`values` and `keys` say where a value and its key stand; both count from 1."""

    file: str
    data: Any
    values: Mapping[SpecPath, Where]
    keys: Mapping[SpecPath, Where]
    findings: tuple[Finding, ...]

    def where(self, path: SpecPath) -> Where:
        """Of the value, or of the nearest one around it that is in the file."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Where(self.file))

    def where_key(self, path: SpecPath) -> Where:
        return self.keys.get(path) or self.where(path)


def refusal(file: str, findings: Iterable[Finding]) -> InputError:
    """The error that carries them, in the order of the file."""
    placed = (one if one.where.file else replace(one, where=Where(file)) for one in findings)
    return InputError(f"{file} is not a usable spec", findings=in_order(placed))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (one.where.line, one.where.column, one.code)))


def read(text: str, file: str) -> Tree:
    """Raises InputError when the text is no YAML; all lesser problems are in `findings`."""
    reader = _Reader(file, _events(text, file))
    data = reader.document()
    return Tree(file, data, reader.values, reader.keys, tuple(reader.findings))


def _events(text: str, file: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        where = _at(error.problem_mark or error.context_mark, file)
        raise refusal(file, [_syntax(error.problem or "cannot be read", where)]) from error
    except yaml.YAMLError as error:
        problem = "contains a character that YAML forbids"
        line = text.encode()[: getattr(error, "position", 0)].count(b"\n") + 1
        raise refusal(file, [_syntax(problem, Where(file, line))]) from error


def _at(mark: Any, file: str) -> Where:
    """PyYAML's marks count from 0, and may be missing."""
    return Where(file, mark.line + 1, mark.column + 1) if mark else Where(file)


def _syntax(problem: str, where: Where) -> Finding:
    hint = "look at this line and the one before: indentation, colons, quotes and brackets"
    if "cannot start any token" in problem or "tab" in problem:
        hint = "indent with spaces, not tabs; quote text that begins with @, ` or %"
    elif "mapping values are not allowed" in problem:
        hint = "quote text that contains ': ', and indent all keys of a mapping alike"
    return replace(Finding.error("yaml-syntax", f"not YAML: {problem}", hint), where=where)


class _Reader:
    """One walk over the events. Nested no deeper than MAX_DEPTH, so recursion is safe."""

    def __init__(self, file: str, events: Iterator[yaml.Event]) -> None:
        self._file = file
        self._events = events
        self.values: dict[SpecPath, Where] = {}
        self.keys: dict[SpecPath, Where] = {}
        self.findings: list[Finding] = []

    def document(self) -> Any:
        """The first document's data; None if there is none."""
        next(self._events)  # the stream's start
        start = next(self._events)
        if not isinstance(start, yaml.DocumentStartEvent):
            return None
        data = self._node(next(self._events), ())
        next(self._events)  # the document's end
        following = next(self._events)
        if isinstance(following, yaml.DocumentStartEvent):
            self._refuse(
                following,
                Finding.error(
                    "yaml-documents",
                    "a second document begins here",
                    "one file is one system: remove the '---', or use two files",
                ),
            )
        return data

    def _node(self, event: yaml.Event, path: SpecPath) -> Any:
        where = self._where(event)
        self.values.setdefault(path, where)
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, _anchors("an alias", path))
            return None
        self._refuse_extras(event, path)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if len(path) >= MAX_DEPTH:
            deep = Finding.error(
                "yaml-depth", f"nested deeper than {MAX_DEPTH} levels", "close brackets earlier"
            )
            raise refusal(self._file, [replace(deep, where=where)])
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: SpecPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: SpecPath) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            value = next(self._events)
            here = (*path, key)
            if not isinstance(value, yaml.ScalarEvent):
                # Of a block, the line of its key is where one looks.
                self.values.setdefault(here, self._where(event))
            if key in items:
                self._duplicate(event, here)
                self._node(value, here)
            else:
                self.keys[here] = self._where(event)
                items[key] = self._node(value, here)
        return items

    def _key(self, event: yaml.Event, path: SpecPath) -> str:
        """Keys are always text, whatever they look like."""
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_extras(event, path)
            return str(event.value)
        self._refuse(
            event,
            Finding.error("yaml-key", "a key must be one word", "write 'key: value'", (*path, "?")),
        )
        self._node(event, (*path, "?"))
        return "?"

    def _duplicate(self, event: yaml.Event, path: SpecPath) -> None:
        first = self.keys[path]
        self._refuse(
            event,
            Finding.error(
                "yaml-duplicate",
                f"the key '{path[-1]}' is here for the second time",
                f"keep one of the two; the first is on line {first.line}",
                path,
            ),
        )

    def _refuse_extras(self, event: yaml.Event, path: SpecPath) -> None:
        if getattr(event, "anchor", None):
            self._refuse(event, _anchors("an anchor", path))
        if tag := getattr(event, "tag", None):
            self._refuse(
                event,
                Finding.error(
                    "yaml-tag",
                    f"the tag '{tag}' is not understood",
                    "remove it; to make text of a number, put it in quotes",
                    path,
                ),
            )

    def _refuse(self, event: yaml.Event, finding: Finding) -> None:
        self.findings.append(replace(finding, where=self._where(event)))

    def _where(self, event: yaml.Event) -> Where:
        return _at(event.start_mark, self._file)


def _anchors(what: str, path: SpecPath) -> Finding:
    return Finding.error(
        "yaml-alias", f"{what} is not accepted", "write the value out where it is used", path
    )


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if not event.implicit[0]:  # quoted, or a block of text
        return text
    if text.lower() in _WORDS and text in (text.lower(), text.capitalize(), text.upper()):
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text
