"""Ini-like files with repeatable keys: systemd units (systemd.syntax(7)) and ansible.cfg."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.formats.values import plain, word

Words = tuple[str, ...]
"""A value of several words, printed one on a line."""


@dataclass(frozen=True)
class Section:
    name: str
    settings: tuple[tuple[str, str | Words], ...]


def section(name: str, settings: Iterable[str | tuple[str, Words]]) -> Section:
    """A section from `Key=value` lines, or keys and words. A key may be repeated; an empty value
    resets a list."""
    return Section(name, tuple(_pair(each) for each in settings))


def render(sections: Iterable[Section]) -> str:
    return "\n".join(_section(s) for s in sections)


def _pair(setting: str | tuple[str, Words]) -> tuple[str, str | Words]:
    if isinstance(setting, tuple):
        return setting
    key, _, value = setting.partition("=")
    return key, value


def _section(part: Section) -> str:
    lines = (f"{word(key, '=[]#;')}={_value(value)}" for key, value in part.settings)
    return "\n".join((f"[{word(part.name, '[]')}]", *lines)) + "\n"


def _value(value: str | Words) -> str:
    """A trailing backslash would swallow the next line; between words it is meant to."""
    if isinstance(value, tuple):
        return " \\\n    ".join(word(each, "\"'\\") for each in value)
    return plain(value, "\\" if value.endswith("\\") else "")
