"""Nested blocks in braces: corosync.conf, keepalived.conf, conntrackd.conf, nginx.conf, nftables.

They agree on the braces and differ in their leaves:

    corosync      token: 300
    keepalived    advert_int 0.1
    conntrackd    the same
    nginx         listen 80;
    nftables      tcp dport { 80, 443 } accept
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from holdfast.formats.values import plain, word


@dataclass(frozen=True)
class AnyOf:
    """An anonymous nftables set: any of these values."""

    values: tuple[str, ...]


Leaf = tuple[str | AnyOf, ...]


@dataclass(frozen=True)
class Block:
    """`head { body }`. Leaves are tuples of words."""

    head: tuple[str, ...]
    body: tuple[Block | Leaf, ...]


def block(head: str, *body: Block | Leaf | None) -> Block:
    """A block of these parts; None leaves a part out. `head` is split at spaces."""
    return Block(tuple(head.split()), tuple(part for part in body if part is not None))


def leaf(text: str, *more: str | AnyOf) -> Leaf:
    """A leaf from `text`, split at spaces, and further words taken as they are."""
    return (*text.split(), *more)


def corosync(blocks: Iterable[Block]) -> str:
    return _text(blocks, _corosync_leaf)


def keepalived(blocks: Iterable[Block]) -> str:
    return _text(blocks, _keepalived_leaf)


def conntrackd(blocks: Iterable[Block]) -> str:
    return _text(blocks, _keepalived_leaf)


def nginx(parts: Iterable[Block | Leaf]) -> str:
    return _text(parts, _nginx_leaf)


def nftables(blocks: Iterable[Block | Leaf]) -> str:
    return _text(blocks, _nftables_leaf)


def _text(parts: Iterable[Block | Leaf], spell: Callable[[Leaf], str]) -> str:
    return "".join(f"{line}\n" for line in _lines(parts, spell, ""))


def _lines(
    parts: Iterable[Block | Leaf], spell: Callable[[Leaf], str], indent: str
) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Block):
            yield f"{indent}{_head(part)} {{"
            yield from _lines(part.body, spell, indent + "    ")
            yield f"{indent}}}"
        else:
            yield f"{indent}{spell(part)}"


def _head(part: Block) -> str:
    return " ".join(word(w, "{}#") for w in part.head)


def _corosync_leaf(leaf: Leaf) -> str:
    key, value = leaf
    return f"{word(_single(key), '{}:#')}: {plain(_single(value), '{}')}"


def _keepalived_leaf(leaf: Leaf) -> str:
    return " ".join(word(_single(w), "{}#!\"'") for w in leaf)


def _nginx_leaf(leaf: Leaf) -> str:
    return " ".join(word(_single(w), "{};#$\"'\\") for w in leaf) + ";"


def _nftables_leaf(leaf: Leaf) -> str:
    return " ".join(_set(w) if isinstance(w, AnyOf) else word(w, "{}#\"'") for w in leaf)


def _set(values: AnyOf) -> str:
    return f"{{ {', '.join(word(v, '{}#,') for v in values.values)} }}"


def _single(value: str | AnyOf) -> str:
    if isinstance(value, AnyOf):
        raise TypeError("only nftables has sets")
    return value
