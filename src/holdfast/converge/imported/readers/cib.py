"""Pacemaker's CIB as XML: cluster options, and the operations of its resources.

pacemaker-schedulerd(7), pacemaker-controld(7), and "Pacemaker Explained", resource operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from holdfast.converge.imported import durations
from holdfast.converge.imported.readers.words import fact, switch
from holdfast.converge.imported.reading import Fact, Member, Reading, Source, broken

_TIMES = {
    "dc-deadtime": "dc_deadtime_s",
    "stonith-timeout": "stonith_timeout_s",
    "fencing-timeout": "stonith_timeout_s",
    "cluster-recheck-interval": "recheck_s",
}


def _seconds(text: str) -> int:
    return -(-durations.pacemaker(text) // 1000)


@dataclass
class _Element:
    tag: str
    attributes: Mapping[str, str]
    line: int
    children: list[_Element] = field(default_factory=list)

    def all(self, tag: str) -> Iterator[_Element]:
        for child in self.children:
            if child.tag == tag:
                yield child
            yield from child.all(tag)


def read(source: Source) -> Reading:
    top = _parse(source)
    facts = [*_options(source, top), *_operations(source, top)]
    primitives = list(top.all("primitive"))
    fences = [each for each in primitives if each.attributes.get("class") == "stonith"]
    facts += [
        Fact("pacemaker.fence", each.attributes.get("id", ""), source.at(each.line), "primitive")
        for each in fences
    ]
    if resources := list(top.all("resources")):
        facts.append(Fact("pacemaker.resources", True, source.at(resources[0].line), "resources"))
    members = (
        Member("pacemaker", node.attributes["uname"], "", source.at(node.line))
        for nodes in top.all("nodes")
        for node in nodes.all("node")
        if "uname" in node.attributes
    )
    return Reading(source.file, "cib", tuple(facts), members=tuple(members))


def _parse(source: Source) -> _Element:
    """Raises InputError for what is no XML, and for declarations, which no CIB has."""
    top = _Element("", {}, 0)
    path = [top]
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        element = _Element(tag, attributes, parser.CurrentLineNumber)
        path[-1].children.append(element)
        path.append(element)

    def end(_: str) -> None:
        path.pop()

    def refuse(*_: object) -> None:
        line = parser.CurrentLineNumber
        raise broken(source.at(line), "a CIB has no DOCTYPE", "export it with `cibadmin --query`")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(source.text, True)
    except expat.ExpatError as error:
        problem = f"not XML: {expat.ErrorString(error.code)}"
        hint = "export it anew with `cibadmin --query`"
        raise broken(source.at(error.lineno), problem, hint) from error
    return top


def _options(source: Source, top: _Element) -> Iterator[Fact]:
    for config in top.all("crm_config"):
        for pair in config.all("nvpair"):
            name, value = pair.attributes.get("name", ""), pair.attributes.get("value", "")
            text = f"{name}={value}"
            if name in ("stonith-enabled", "maintenance-mode"):
                key = name.replace("-", "_")
                yield Fact(f"pacemaker.{key}", switch(value), source.at(pair.line), text)
            elif name == "no-quorum-policy":
                yield Fact("pacemaker.no_quorum_policy", value, source.at(pair.line), text)
            elif name in _TIMES:
                key, spelt = f"pacemaker.{_TIMES[name]}", (f"{name}=", value)
                yield fact(source, pair.line, key, spelt, _seconds)
            elif name == "stonith-max-attempts":
                key = "pacemaker.stonith_attempts"
                yield fact(source, pair.line, key, (f"{name}=", value), int)
            elif name == "dc-version":
                version = value.partition("-")[0]
                yield Fact("version.pacemaker", version, source.at(pair.line), text)


def _operations(source: Source, top: _Element) -> Iterator[Fact]:
    """How often each resource is looked at, and how long that may take."""
    for primitive in top.all("primitive"):
        owner = primitive.attributes.get("id", "?")
        for operation in primitive.all("op"):
            if operation.attributes.get("name") != "monitor":
                continue
            for key in ("interval", "timeout"):
                if (value := operation.attributes.get(key)) and value != "0":
                    role = operation.attributes.get("role", "")
                    name = f"pacemaker.{owner}.monitor{role and '.' + role}.{key}_ms"
                    pair = (f"{owner} monitor {key}=", value)
                    yield fact(source, operation.line, name, pair, durations.pacemaker)
