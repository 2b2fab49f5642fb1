"""YAML as nodes that know their lines: several documents, anchors and all that people write.

Nodes are asked for what is needed and never copied, so that aliases cannot make much of little.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from holdfast.converge.imported.reading import Source, broken
from holdfast.finding import Where

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Node:
    source: Source
    inner: yaml.Node

    @property
    def where(self) -> Where:
        return self.source.at(self.inner.start_mark.line + 1)

    @property
    def text(self) -> str:
        """A scalar as it is written, else ""."""
        return str(self.inner.value) if isinstance(self.inner, yaml.ScalarNode) else ""

    def get(self, *keys: str) -> Node | None:
        """What stands under these keys, one inside the other; null is nothing."""
        here = self
        for key in keys:
            found = next((value for name, value in here.items() if name == key), None)
            if found is None or found.inner.tag.endswith(":null"):
                return None
            here = found
        return here

    def items(self) -> Iterator[tuple[str, Node]]:
        if isinstance(self.inner, yaml.MappingNode):
            for key, value in self.inner.value:
                yield str(key.value), Node(self.source, value)

    def each(self) -> Iterator[Node]:
        if isinstance(self.inner, yaml.SequenceNode):
            for value in self.inner.value:
                yield Node(self.source, value)


def documents(source: Source) -> list[Node]:
    """Raises InputError for what is no YAML."""
    try:
        return [
            Node(source, node) for node in yaml.compose_all(source.text, Loader=_LOADER) if node
        ]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = source.at(mark.line + 1 if mark else 0)
        hint = "look at this line and the one before: indentation, colons, quotes and brackets"
        raise broken(where, f"not YAML: {error.problem or error}", hint) from error
    except yaml.YAMLError as error:
        raise broken(
            source.at(0), "not YAML: it has a character that YAML forbids", "remove it"
        ) from error
