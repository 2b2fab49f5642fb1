"""A file in, a System out, or everything that is wrong with it, line by line."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from holdfast.finding import Finding, Where
from holdfast.spec import words
from holdfast.spec.model import System
from holdfast.spec.tree import Tree, in_order, read, refusal

MAX_BYTES = 256 << 10
"""A hundred times the example: what is larger is not a spec."""


@dataclass(frozen=True)
class Document:
    """A system, and where each of its values stands in its file."""

    system: System
    tree: Tree

    def located(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The same findings with file and line, in the order of the file."""
        return in_order(replace(one, where=self.tree.where(one.path)) for one in findings)


def load(file: Path) -> Document:
    """Raises InputError with all findings."""
    try:
        content = _content(file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise refusal(str(file), [_unreadable(reason)]) from error
    return parse(content, str(file))


def parse(content: bytes, file: str) -> Document:
    """Pure part of `load`; `file` is what findings call it."""
    tree = read(_text(content, file), file)
    if not isinstance(tree.data, dict):
        raise refusal(file, [*tree.findings, _no_mapping(tree)])
    try:
        system = System.model_validate_json(json.dumps(tree.data), strict=True)
    except ValidationError as error:
        raise refusal(file, [*tree.findings, *_complaints(error, tree)]) from error
    if tree.findings:
        raise refusal(file, tree.findings)
    return Document(system, tree)


def _content(file: Path) -> bytes:
    # Asked before opening: opening a named pipe would wait for its writer.
    if not stat.S_ISREG(file.stat().st_mode):
        raise OSError(0, "not a regular file")
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


def _text(content: bytes, file: str) -> str:
    """Raises InputError for what cannot be a spec, before any YAML is looked at."""
    if len(content) > MAX_BYTES:
        large = f"larger than {MAX_BYTES >> 10} KiB"
        hint = "a spec is a short text: is this the right file?"
        raise refusal(file, [Finding.error("file-size", large, hint)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        where = Where(file, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        finding = Finding.error(
            "file-encoding", "this byte is not UTF-8", "save the file as UTF-8 without other bytes"
        )
        raise refusal(file, [replace(finding, where=where)]) from error


def _unreadable(reason: str) -> Finding:
    return Finding.error(
        "file-unreadable",
        f"cannot be read: {reason}",
        "name the spec with -f, or let `holdfast init` write one",
    )


def _no_mapping(tree: Tree) -> Finding:
    if tree.data is None:
        return Finding.error("file-empty", "empty", "let `holdfast init` write one to start from")
    return Finding.error(
        "file-mapping", "not a mapping", "begin with 'system: <name>' in the first column"
    )


def _complaints(error: ValidationError, tree: Tree) -> list[Finding]:
    """What the model says, but nothing about values that were refused already."""
    refused = {one.path for one in tree.findings}
    said = [words.finding(detail, tree) for detail in error.errors(include_url=False)]
    return [
        one
        for one in said
        if not any(one.path[:length] in refused for length in range(1, len(one.path) + 1))
    ]
