"""What needs what: a graph in which a node lives while each of its needs is met.

A need is k of n other nodes. There is no "not", so losing more never brings anything back
(a coherent system, as reliability theory calls it).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations


@dataclass(frozen=True)
class Need:
    """At least `count` of these nodes."""

    count: int
    of: tuple[str, ...]


def every(*nodes: str) -> tuple[Need, ...]:
    return tuple(Need(1, (node,)) for node in nodes)


def some(nodes: Iterable[str], count: int = 1) -> Need:
    return Need(count, tuple(nodes))


@dataclass(frozen=True)
class Element:
    """Something that can be lost by itself. `kind`: host, process, link, file or outside."""

    name: str
    kind: str


@dataclass(frozen=True)
class Graph:
    """`needs` of every node by its name; without circles. `elements` are the nodes that can be
    lost, `paths` those that somebody uses. `through`: by an element's name the node through which
    alone its loss is felt, where it is not the element itself."""

    needs: Mapping[str, tuple[Need, ...]]
    elements: tuple[Element, ...]
    paths: tuple[str, ...]
    through: Mapping[str, str] = field(default_factory=dict)
    _order: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_order", _sorted(self.needs))

    def dead(self, lost: Collection[str]) -> frozenset[str]:
        """All nodes that do not live without the lost ones."""
        gone = set(lost)
        for node in self._order:
            if node not in gone and not all(_met(need, gone) for need in self.needs[node]):
                gone.add(node)
        return frozenset(gone)

    @cached_property
    def deaths(self) -> Mapping[str, frozenset[str]]:
        """What dies with each element, by its name."""
        return {element.name: self.dead((element.name,)) for element in self.elements}

    def broken(self, lost: Collection[str]) -> tuple[str, ...]:
        """The paths that die."""
        gone = self.dead(lost)
        return tuple(path for path in self.paths if path in gone)

    @cached_property
    def single(self) -> Mapping[str, tuple[str, ...]]:
        """Elements of which the loss of one kills a path, with the paths."""
        found = {
            name: tuple(path for path in self.paths if path in gone)
            for name, gone in self.deaths.items()
        }
        return {name: paths for name, paths in found.items() if paths}

    def roots(self) -> Mapping[str, tuple[str, ...]]:
        """Of those, the ones that are no mere consequence: a host is one because of the instance
        on it, unless it takes more with it than the instance does. What has no host of its own
        (kind outside) always stands for itself."""
        outside = {element.name for element in self.elements if element.kind == "outside"}
        return {
            name: paths
            for name, paths in self.single.items()
            if name in outside or not any(self._explains(other, name) for other in self.single)
        }

    def pairs(self, elements: Iterable[str]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """Minimal cuts of two: neither alone kills what both kill together."""
        harmless = [name for name in elements if name not in self.single]
        found = ((a, b, self.broken((a, b))) for a, b in combinations(harmless, 2))
        return tuple((a, b, paths) for a, b, paths in found if paths)

    def _explains(self, inner: str, outer: str) -> bool:
        """Does `outer` harm only by taking `inner`, or its use, with it?"""
        if inner == outer or not self.ends(inner, outer):
            return False
        if self.ends(outer, inner) and inner > outer:
            return False
        return set(self.single[outer]) <= set(self.single[inner])

    def ends(self, inner: str, outer: str) -> bool:
        """Is an element of no use any more when another one is lost?"""
        return self.through.get(inner, inner) in self.deaths[outer]


def _met(need: Need, gone: set[str]) -> bool:
    return sum(node not in gone for node in need.of) >= need.count


def _sorted(needs: Mapping[str, tuple[Need, ...]]) -> tuple[str, ...]:
    """Every node after those that it needs. Raises ValueError for a circle."""
    from graphlib import CycleError, TopologicalSorter

    ahead = {node: {n for need in each for n in need.of} for node, each in needs.items()}
    unknown = {n for each in ahead.values() for n in each} - set(needs)
    if unknown:
        raise ValueError(f"needed, but not there: {' '.join(sorted(unknown))}")
    try:
        return tuple(TopologicalSorter(ahead).static_order())
    except CycleError as error:
        raise ValueError(f"a circle of needs: {error.args[1]}") from error
