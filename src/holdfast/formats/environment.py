"""Environment files as systemd reads them (systemd.exec(5), EnvironmentFile=)."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.formats.values import plain, word


def render(pairs: Iterable[tuple[str, str]]) -> str:
    """`NAME="value"` lines; values are taken literally."""
    return "".join(f'{word(name, "=#")}="{_quoted(value)}"\n' for name, value in pairs)


def _quoted(value: str) -> str:
    escaped = plain(value).replace("\\", "\\\\").replace('"', '\\"')
    return escaped.replace("$", "\\$").replace("`", "\\`")
