"""Lines cut into words: quotes, backslashes and comments as most of these formats have them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from holdfast.converge.imported.reading import Fact, Source, broken

T = TypeVar("T", bound=str | int | float | bool)


@dataclass(frozen=True)
class Line:
    number: int
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def cut(source: Source, comments: str = "#") -> list[Line]:
    """The lines that say something. Raises InputError for a quote that is never closed."""
    lines = (
        Line(number, words(source, number, text, comments))
        for number, text in enumerate(source.text.splitlines(), 1)
    )
    return [line for line in lines if line.words]


def words(source: Source, number: int, text: str, comments: str = "#") -> tuple[str, ...]:
    """One line's words: quotes join, a backslash takes the next character as it is."""
    found: list[str] = []
    word: str | None = None
    quote = ""
    characters = iter(text)
    for each in characters:
        if quote:
            word, quote = (word, "") if each == quote else ((word or "") + each, quote)
        elif each in "\"'":
            quote, word = each, word or ""
        elif each == "\\":
            word = (word or "") + next(characters, "")
        elif each.isspace() or each in comments:
            if word is not None:
                found.append(word)
            word = None
            if each in comments:
                break
        else:
            word = (word or "") + each
    if quote:
        raise broken(
            source.at(number), f"a quote {quote} is opened here and never closed", "close it"
        )
    return (*found, word) if word is not None else tuple(found)


def fact(
    source: Source, line: int, name: str, spelt: tuple[str, str], convert: Callable[[str], T]
) -> Fact:
    """A fact from `spelt` = (key, value). Raises InputError when `convert` cannot take it."""
    key, value = spelt
    try:
        taken = convert(value)
    except ValueError as error:
        problem = str(error) if "no duration" in str(error) else f"'{value}' is no number"
        name = key.rstrip(" :=")
        raise broken(source.at(line), f"{name}: {problem}", "correct the value") from error
    return Fact(name, taken, source.at(line), f"{key} {value}".strip())


def switch(text: str) -> bool:
    """on, yes, true and 1 are; anything else is not."""
    return text.lower() in ("on", "yes", "true", "1")


def endpoint(text: str) -> tuple[str, int | None]:
    """Address and port of `10.0.0.1:80`, `[fd00::1]:80`, `:80`, `*:80`, or a URL of them."""
    rest = text.split("://", 1)[-1].split("/", 1)[0]
    host, _, port = rest.rpartition(":")
    if not port.isdigit():
        return rest.strip("[]"), None
    return ("" if host in ("*", "0.0.0.0", "[::]", "::") else host.strip("[]")), int(port)
