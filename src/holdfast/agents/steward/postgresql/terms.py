"""Term maps compared: is one log the beginning of another, and can it be rewound to be? Pure.

A log is told by its term map and its length. Timelines' numbers collide (two members may promote
to the same one), terms do not: a majority promises each only once.
"""

from __future__ import annotations

from .protocol import Position, TermMap

ENDLESS = 2**64
"""Beyond every LSN."""


def trimmed(terms: TermMap, position: Position) -> TermMap:
    """The map without the terms that were adopted but left no record."""
    return tuple(term for term in terms if term.number <= position.term)


def end_of(terms: TermMap, number: int) -> int | None:
    """Where the term's part ends in that history; None: it has no part in it. Term 0 is the seed,
    the beginning of every history."""
    if number and number not in {term.number for term in terms}:
        return None
    return min((term.start for term in terms if term.number > number), default=ENDLESS)


def is_prefix(position: Position, terms: TermMap) -> bool:
    """Rule 12: a log that ends at `position` is the beginning of the history told by `terms`.

    One host writes each term's records, so an equal term means equal logs up to there.
    """
    end = end_of(terms, position.term)
    return end is not None and position.lsn <= end


def agree(mine: TermMap, theirs: TermMap) -> bool:
    """Rule 12: the maps part once, and no term or timeline number means two things after that.

    pg_rewind looks for the parting by timelines' numbers, so it may be trusted only then.
    """
    common = 0
    while common < min(len(mine), len(theirs)) and mine[common] == theirs[common]:
        common += 1
    ours, others = mine[common:], theirs[common:]
    return not any(
        one.number == other.number or one.timeline == other.timeline
        for one in ours
        for other in others
    )
