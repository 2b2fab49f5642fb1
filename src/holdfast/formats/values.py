"""The check that every printer shares."""

from __future__ import annotations

from holdfast.errors import InputError


class SpellingError(InputError):
    """A value that cannot be spelt in this kind of file."""


def plain(value: str, forbidden: str = "") -> str:
    """Return `value` if it is one line of printable characters without the `forbidden` ones."""
    for character in value:
        if character in forbidden or not (character.isprintable() or character == "\t"):
            raise SpellingError(f"{character!r} may not stand in {value!r}")
    return value


def word(value: str, forbidden: str = "") -> str:
    """The same for a single word: not empty, and without white space."""
    if not value or any(c.isspace() for c in value):
        raise SpellingError(f"not one word: {value!r}")
    return plain(value, forbidden)
