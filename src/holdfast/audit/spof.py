"""Single points of failure: everything lost once, one at a time. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from holdfast.audit.draw import FILE, HOST, LINK, OUTSIDE, POWER, PROCESS, SWITCH
from holdfast.audit.evidence import Shown
from holdfast.audit.graph import Element, Graph
from holdfast.audit.remark import Remark
from holdfast.plan.model import Plan

PLAN, DRILLS = "plan", "drills"
_DRILLED = (HOST, LINK, PROCESS)
"""Kinds of which there are drills."""

_REMEDIES = {
    HOST: "put what only lives there on a second host: more instances, or three hosts or more",
    LINK: "put what only lives there on a second host, or bond two links",
    FILE: "see the process that reads it",
    PROCESS: "run two or more instances; they go to different hosts",
}
_OUTSIDE = {
    SWITCH: (
        "the hosts' one network is not known to be doubled",
        "two switches, and a bond of two links on every host",
    ),
    POWER: (
        "the hosts' power is not known to come from two circuits",
        "feed the hosts from different circuits, or one of them from a UPS",
    ),
}


def remarks(plan: Plan, graph: Graph, shown: Mapping[str, Shown]) -> Iterator[Remark]:
    kinds = {element.name: element.kind for element in graph.elements}
    for name, paths in graph.roots().items():
        yield _single(name, kinds[name], paths, graph, shown)
    yield from _drills(graph, shown)
    yield from _operator(plan)


def pair_remarks(graph: Graph) -> Iterator[Remark]:
    """Files stand and fall with their process, and are left out."""
    names = [e.name for e in graph.elements if e.kind in (HOST, LINK, PROCESS)]
    found = graph.pairs(names)
    for first, second, paths in _telling(graph, found):
        yield Remark.note(
            "spof-pair",
            f"{first} + {second}",
            f"lost together, they take {spoken(paths, graph)} away",
            "more hosts, if two losses at once must be survived",
            PLAN,
        )


def claims(graph: Graph, shown: Mapping[str, Shown]) -> list[dict[str, object]]:
    """What the graph says of every element, and whether a drill has shown it."""
    return [
        {
            "element": element.name,
            "kind": element.kind,
            "kills": list(graph.single.get(element.name, ())),
            "drilled": shown[element.name].verdict if element.name in shown else None,
            "run": shown[element.name].run if element.name in shown else None,
        }
        for element in graph.elements
    ]


def _single(
    name: str, kind: str, paths: Sequence[str], graph: Graph, shown: Mapping[str, Shown]
) -> Remark:
    if kind == OUTSIDE:
        what, remedy = _OUTSIDE[name]
        return Remark.warning("spof-outside", name, f"{what}: all would be lost", remedy, PLAN)
    with_it = sum(graph.ends(name, other) for other in graph.single if other != name)
    also = f", and so does the loss of any of {with_it} things that it needs" if with_it else ""
    told = f"; drilled: {shown[name].verdict}" if name in shown else "; not drilled"
    return Remark.error(
        f"spof-{kind}",
        name,
        f"its loss takes {spoken(paths, graph)} away{also}{told}",
        _REMEDIES[kind],
        PLAN,
    )


def _drills(graph: Graph, shown: Mapping[str, Shown]) -> Iterator[Remark]:
    """Where a drill contradicts the graph, and how much is claimed without one."""
    for element in graph.elements:
        told = shown.get(element.name)
        if told is None or element.name in graph.single or told.verdict == "held":
            continue
        yield Remark.warning(
            "spof-drill",
            element.name,
            f"survivable by the plan, but the last {told.drill} of it was {told.verdict}",
            f"see `holdfast report {told.run}`",
            DRILLS,
        )
    for kind in _DRILLED:
        yield from _undrilled(kind, [e for e in graph.elements if e.kind == kind], shown)


def _undrilled(
    kind: str, elements: Sequence[Element], shown: Mapping[str, Shown]
) -> Iterator[Remark]:
    missing = [element.name for element in elements if element.name not in shown]
    if missing:
        yield Remark.note(
            "spof-undrilled",
            "the system",
            f"{kind}: {len(elements) - len(missing)} of {len(elements)} were drilled;"
            f" not: {listed(missing, 4)}",
            "lose each once: see `holdfast drill --help`",
            DRILLS,
        )


def _operator(plan: Plan) -> Iterator[Remark]:
    """Users do not need it; whoever changes the system does."""
    yield Remark.note(
        "spof-operator",
        f".holdfast/{plan.system}/pki",
        "the one copy of the authority's key and of every secret: without it no certificate is"
        " renewed and no host replaced, until all get new ones",
        "keep a backup of the folder elsewhere, encrypted",
        PLAN,
    )


def _telling(
    graph: Graph, pairs: Sequence[tuple[str, str, tuple[str, ...]]]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Of pairs that harm alike, the innermost: two databases rather than their hosts, too."""
    deadly = {(a, b): set(paths) for a, b, paths in pairs}
    for (a, b), paths in deadly.items():
        inner = (
            (c, d)
            for (c, d), others in deadly.items()
            if (c, d) != (a, b) and paths <= others and _within(graph, (c, d), (a, b))
        )
        if not any(not _within(graph, (a, b), pair) or pair < (a, b) for pair in inner):
            yield a, b, tuple(sorted(paths))


def _within(graph: Graph, inner: tuple[str, str], outer: tuple[str, str]) -> bool:
    (c, d), (a, b) = inner, outer
    ends = graph.ends
    return (ends(c, a) and ends(d, b)) or (ends(d, a) and ends(c, b))


def spoken(paths: Sequence[str], graph: Graph) -> str:
    """A route that dies at every address is named without them."""
    routes: dict[str, list[str]] = {}
    for path in paths:
        words = path.split(" ")
        routes.setdefault(f"https {words[2]}" if words[0] == "https" else path, []).append(path)
    whole = []
    for name, dying in routes.items():
        path = name.removeprefix("https ")
        all_of_it = [p for p in graph.paths if p == name or p.split(" ")[2:] == [path]]
        whole += [name] if len(dying) == len(all_of_it) else dying
    return listed(whole)


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first few, and how many more."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
