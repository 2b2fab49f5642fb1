"""When the fencing agent takes a host for one that has been there for a while."""

from __future__ import annotations

import math
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

AGENT = Path(__file__).parents[3] / "src/holdfast/agents/pacemaker/fence_holdfast"
MEMBER = '<node_state id="3" uname="n3" in_ccm="{}" crmd="{}" join="{}" expected="member"/>'


@pytest.fixture(scope="module")
def agent() -> ModuleType:
    loader = SourceFileLoader("fence_holdfast", str(AGENT))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("state", "since"),
    [
        (MEMBER.format(1000, 1003, "member"), 1003.0),
        (MEMBER.format(1007, 1003, "member"), 1007.0),
        (MEMBER.format(1000, 1003, "down"), math.inf),
        (MEMBER.format(1000, 1003, "pending"), math.inf),
        (MEMBER.format("true", "online", "member"), -math.inf),
        ("", math.inf),
        ("cibadmin: no such thing", math.inf),
    ],
)
def test_since_when_a_host_is_a_member(agent: ModuleType, state: str, since: float) -> None:
    assert agent.member_since(state) == since


TABLE = """
Membership information
----------------------
    Nodeid      Votes Name
         1          1 n1 (local)
         3          1 n3
"""


@pytest.mark.parametrize(
    ("said", "names"),
    [(TABLE, {"n1", "n3"}), ("", None), ("Cannot initialize QUORUM service\n", None)],
)
def test_whom_corosync_hears(agent: ModuleType, said: str, names: set[str] | None) -> None:
    assert agent.heard(said) == names
