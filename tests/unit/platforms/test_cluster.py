"""What pacemaker says of the hosts, and what a person is told to do about it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from holdfast.errors import EnvironmentFailure
from holdfast.hosts.base import Result
from holdfast.hosts.memory import MemoryHost
from holdfast.platforms.machines.cluster import Node, advice, cluster, confirm, parse

ASKED = ("crm_mon", "--one-shot", "--output-as=xml", "--fence-history=2")
MON = """\
<pacemaker-result api-version="2.38" request="crm_mon --one-shot --output-as=xml">
  <summary>
    <current_dc present="true" name="n1" id="1" with_quorum="{quorum}"/>
  </summary>
  <nodes>
    <node name="n1" id="1" online="true" standby="false" pending="false" unclean="false"/>
    <node name="n2" id="2" online="false" standby="false" pending="false" unclean="{unclean}"/>
    <node name="n3" id="3" online="true" standby="true" pending="false" unclean="false"/>
  </nodes>
  <resources>
    <resource id="fence-n1" resource_agent="stonith:fence_redfish" active="true" failed="false"/>
    <resource id="fence-n2" resource_agent="stonith:fence_redfish" active="true" failed="true"/>
    <resource id="settlement" resource_agent="systemd:holdfast-settlement@1" active="true">
      <node name="n1" id="1"/>
    </resource>
  </resources>
  <fence_history status="0">
    <fence_event target="n2" action="reboot" status="{newest}"/>
    <fence_event target="n2" action="reboot" status="pending"/>
  </fence_history>
</pacemaker-result>
"""


def mon(quorum: str = "true", unclean: str = "true", newest: str = "failed") -> str:
    return MON.format(quorum=quorum, unclean=unclean, newest=newest)


def test_each_host_is_seen_as_it_is() -> None:
    assert parse(mon()) == {
        "n1": Node("online", fence=True, runs=("settlement",)),
        "n2": Node("lost", fencing="failed", fence=False),
        "n3": Node("standby", fence=None),
    }


def test_a_host_that_is_certain_to_be_off_is_not_lost() -> None:
    seen = parse(mon(unclean="false", newest="success"))
    assert seen is not None and seen["n2"].state == "off"


def test_the_word_of_a_host_without_a_quorum_is_worth_nothing() -> None:
    assert parse(mon(quorum="false")) is None


async def test_the_first_host_that_knows_is_believed() -> None:
    hosts = [
        MemoryHost("n1", reachable=False),
        MemoryHost("n2", {ASKED: Result(0, mon(quorum="false"), "")}),
        MemoryHost("n3", {ASKED: Result(0, mon(), "")}),
    ]
    assert (await cluster(hosts))["n2"].state == "lost"
    assert await cluster(hosts[:2]) == {}


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (Node("online", fence=True), ""),
        (Node("off", fencing="success", fence=True), ""),
        (Node("lost", fence=True), "being fenced"),
        (Node("lost", fencing="failed", fence=True), "holdfast fenced n2"),
        (Node("lost", fencing="pending", fence=False), "holdfast fenced n2"),
        (Node("lost", fence=None), "holdfast fenced n2"),
        (Node("online", fence=False), "could not be fenced now"),
    ],
)
def test_a_person_is_told_what_to_do(node: Node, said: str) -> None:
    assert said in advice("n2", node)
    assert bool(said) is bool(advice("n2", node))


async def test_a_person_s_word_is_passed_on_by_whoever_takes_it() -> None:
    silent = MemoryHost("n1", reachable=False)
    taken = MemoryHost("n3", {("stonith_admin", "--confirm", "n2"): Result(0, "", "")})
    await confirm([silent, taken], "n2")
    with pytest.raises(EnvironmentFailure, match="n2"):
        await confirm([silent, MemoryHost("n3")], "n2")


def test_what_is_no_xml_is_an_error_of_its_own() -> None:
    with pytest.raises(ET.ParseError):
        parse("crm_mon: Connection to cluster failed")
