"""A command line as systemd reads it (systemd.service(5), "Command lines")."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from holdfast.formats.values import SpellingError, plain

_FIELD = re.compile(r"\{(\w+)\}")
_BARE = re.compile(r"[\w./:=@%+,${}-]+")


def systemd_command(command: str, fields: Mapping[str, str]) -> str:
    """Spell a shell-like `command` for ExecStart=.

    `{name}` becomes fields[name], spelt as given (it may use systemd's own ${VARIABLES});
    everything else is literal. Raises SpellingError for an unknown field or an unbalanced quote.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise SpellingError(f"not a command: {command!r}: {error}") from error
    if not words:
        raise SpellingError("the command is empty")
    return " ".join(_word(word, fields) for word in words)


def _word(word: str, fields: Mapping[str, str]) -> str:
    literal = plain(word).replace("%", "%%").replace("$", "$$")
    filled = _FIELD.sub(lambda m: _field(m[1], fields), literal)
    if _BARE.fullmatch(filled):
        return filled
    return '"' + filled.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _field(name: str, fields: Mapping[str, str]) -> str:
    if name not in fields:
        raise SpellingError(f"unknown field {{{name}}}; known: {', '.join(sorted(fields))}")
    return fields[name]
