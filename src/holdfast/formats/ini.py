"""Ini-like files with repeatable keys: systemd units (systemd.syntax(7)) and ansible.cfg."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.formats.values import plain, word


@dataclass(frozen=True)
class Section:
    name: str
    settings: tuple[tuple[str, str], ...]


def section(name: str, settings: Iterable[str]) -> Section:
    """A section from `Key=value` lines. A key may be repeated; an empty value resets a list."""
    pairs = (text.partition("=") for text in settings)
    return Section(name, tuple((key, value) for key, _, value in pairs))


def render(sections: Iterable[Section]) -> str:
    return "\n".join(_section(s) for s in sections)


def _section(part: Section) -> str:
    lines = (f"{word(key, '=[]#;')}={_value(value)}" for key, value in part.settings)
    return "\n".join((f"[{word(part.name, '[]')}]", *lines)) + "\n"


def _value(value: str) -> str:
    """A trailing backslash would swallow the next line."""
    return plain(value, "\\" if value.endswith("\\") else "")
