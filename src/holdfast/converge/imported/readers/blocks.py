"""Nested blocks in braces with a line number each: keepalived.conf and corosync.conf."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from holdfast.converge.imported.readers.words import Line, cut
from holdfast.converge.imported.reading import Source, broken


@dataclass
class Block:
    """`head { lines and blocks }`; the file itself is one without a head."""

    number: int
    head: tuple[str, ...] = ()
    lines: list[Line] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Block]:
        """Blocks of this name, at any depth."""
        for block in self.blocks:
            if block.head[:1] == (name,):
                yield block
            yield from block.all(name)

    def line(self, key: str) -> Line | None:
        """The last line that begins with `key`."""
        return next((line for line in reversed(self.lines) if line.words[0] == key), None)


def parse(source: Source, comments: str = "#") -> Block:
    """Raises InputError for a brace without its other one."""
    top = Block(0)
    open_blocks = [top]
    for line in cut(source, comments):
        words = line.words
        if words[-1] == "{":
            block = Block(line.number, words[:-1])
            open_blocks[-1].blocks.append(block)
            open_blocks.append(block)
        elif words == ("}",):
            open_blocks.pop()
            if not open_blocks:
                raise broken(
                    source.at(line.number), "this '}' closes nothing", "remove it, or find its '{'"
                )
        else:
            open_blocks[-1].lines.append(line)
    if len(open_blocks) > 1:
        number = open_blocks[-1].number
        name = " ".join(open_blocks[-1].head)
        raise broken(source.at(number), f"'{name} {{' is never closed", "add its '}'")
    return top
