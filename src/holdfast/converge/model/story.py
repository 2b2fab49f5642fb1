"""What users see of a convergence, each as a moment of one graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.converge.model.graph import FAULT, Moment


@dataclass(frozen=True)
class Seen:
    """`key` is its name in objectives and files, `words` what it means. What users wait begins at
    `since`."""

    key: str
    words: str
    moment: Moment
    since: Moment = FAULT


@dataclass(frozen=True)
class Story:
    """`title` says what is lost, and of which design; `milestones` are what runs tell of, by the
    names that they give them, in order; those `beside` wait for none before them."""

    title: str
    seen: tuple[Seen, ...]
    milestones: Mapping[str, Moment]
    beside: frozenset[str] = frozenset()
