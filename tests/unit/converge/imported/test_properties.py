"""Whatever else a file says, and in whatever order, the same is read."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.converge.imported.given import CASES, reading

from holdfast.converge.imported.reading import Reading

UNKNOWN = {
    "question-local/haproxy.cfg": "    some-new-option {0}",
    "web/haproxy.cfg": "    some-new-option {0}",
    "question-outside/nginx.conf": "some_new_directive {0};",
    "question-outside/keepalived.conf": "    some_new_key {0}",
    "pacemaker/corosync.conf": "    some_new_key: {0}",
    "pacemaker/postgresql.conf": "some_new_setting = {0}",
    "galera/galera.cnf": "some_new_option={0}",
    "redis/redis.conf": "some-new-directive {0}",
    "question-local/kube-apiserver.service": "SomeNewKey={0}",
    "pacemaker/cib.xml": '<some-new value="{0}"/>',
}
"""A line that the format allows between its sections, and nobody knows."""

BETWEEN: dict[str, re.Pattern[str]] = {
    "question-local/haproxy.cfg": re.compile(r"\n(?=(?:    (?!server|default-server)|\n))"),
    "web/haproxy.cfg": re.compile(r"\n(?=  \w)"),
    "question-outside/nginx.conf": re.compile(r"\n(?=\n    upstream|events)"),
    "question-outside/keepalived.conf": re.compile(r"\n(?=    \w+ \S+$)", re.M),
    "pacemaker/corosync.conf": re.compile(r"\n(?=    \w+: )"),
    "question-local/kube-apiserver.service": re.compile(r"\n(?=Restart)"),
    "pacemaker/cib.xml": re.compile(r"\n(?= *<(?:nvpair|node|op) )"),
    "galera/galera.cnf": re.compile(r"\n(?=wsrep)"),
}


def _facts(found: Reading) -> dict[str, object]:
    """What was read, without the lines it was read from."""
    return {
        "facts": {fact.name: fact.value for fact in found.facts},
        "pools": {
            pool.name: (
                {key: fact.value for key, fact in pool.facts.items()},
                [
                    (each.name, each.checked, {k: f.value for k, f in each.facts.items()})
                    for each in pool.servers
                ],
            )
            for pool in found.pools
        },
        "members": sorted((each.group, each.name, each.address) for each in found.members),
        "listeners": sorted((each.part, each.address, each.port) for each in found.listeners),
    }


def _read(text: str) -> dict[str, object]:
    with TemporaryDirectory() as folder:
        return _facts(reading(Path(folder), text))


@settings(max_examples=8)
@given(data=st.data())
@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_lines_change_nothing(name: str, data: st.DataObject) -> None:
    text = (CASES / name).read_text()
    places = [match.start() for match in BETWEEN.get(name, re.compile(r"\n")).finditer(text)]
    if name.endswith(("redis.conf", "postgresql.conf")):
        places = [match.start() for match in re.finditer(r"\n(?=\w)", text)]
    assert places
    chosen = data.draw(st.sets(st.sampled_from(places), min_size=1, max_size=4))
    value = data.draw(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True))
    more = text
    for place in sorted(chosen, reverse=True):
        more = f"{more[:place]}\n{UNKNOWN[name].format(value)}{more[place:]}"
    assert _read(more) == _read(text)


def _sections(head: str) -> Callable[[str], list[str]]:
    return lambda text: re.split(rf"(?m)^(?={head})", text)


ORDERED: dict[str, Callable[[str], list[str]]] = {
    "question-local/haproxy.cfg": _sections(r"(?:frontend|backend) "),
    "pacemaker/corosync.conf": _sections(r"\w+ \{"),
    "small-ha/keepalived-a.conf": _sections(r"vrrp_"),
    "kubeadm/kubeadm-config.yaml": lambda text: re.split(r"(?m)^---\n", text),
    "redis/redis.conf": lambda text: text.splitlines(keepends=True),
    "question-local/etcd.service": lambda text: re.split(r"(?m)^(?=Restart|Exec|Type)", text),
}


@settings(max_examples=8)
@given(seed=st.integers(min_value=0, max_value=2**16))
@pytest.mark.parametrize("name", ORDERED)
def test_the_order_of_sections_does_not_matter(name: str, seed: int) -> None:
    text = (CASES / name).read_text()
    first, *rest = ORDERED[name](text)
    if not name.endswith((".cfg", ".service")):
        first, rest = "", [first, *rest]
    shuffled = random.Random(seed).sample(rest, len(rest))
    joint = "\n---\n" if name.endswith(".yaml") else "\n"
    assert _read(first + joint.join(shuffled)) == _read(text)
