"""XML as a tree with a printer: elements and attributes, no text, as pacemaker's CIB has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from holdfast.formats.values import plain, word

_STEP = "  "


@dataclass(frozen=True)
class Element:
    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Element, ...] = ()


def element(tag: str, /, *children: Element, **attributes: str) -> Element:
    """Attributes in the order in which they are given; `_` stands for `-` in their names, and one
    at the end of a name is dropped."""
    spelt = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    return Element(tag, tuple(spelt), children)


def render(root: Element) -> str:
    return "".join(f"{line}\n" for line in _lines(root, ""))


def _lines(one: Element, indent: str) -> Iterator[str]:
    words = [word(one.tag, "<>&/\"'=")]
    words += [f"{word(key, '<>&/=')}={quoteattr(plain(value))}" for key, value in one.attributes]
    start = f"{indent}<{' '.join(words)}"
    if not one.children:
        yield f"{start}/>"
        return
    yield f"{start}>"
    for child in one.children:
        yield from _lines(child, indent + _STEP)
    yield f"{indent}</{one.tag}>"
