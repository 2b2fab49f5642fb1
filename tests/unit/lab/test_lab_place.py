"""Everything about a lab follows from its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.lab.place import MOST, VARIABLE, Lab, names


@given(st.text())
def test_interface_names_fit_the_kernel(name: str) -> None:
    lab = Lab(name)
    assert all(len(lab.veth(host)) <= 15 for host in names(MOST))
    assert len(lab.bridge) <= 15


@given(st.text(), st.integers(2, MOST))
def test_all_addresses_are_different_and_in_the_lab(name: str, hosts: int) -> None:
    lab = Lab(name)
    inventory = lab.inventory(hosts)
    addresses = [lab.operator, *(h.address for h in inventory.hosts), *inventory.vips]
    assert len(set(addresses)) == 1 + 2 * hosts
    assert all(address in lab.network for address in addresses)


def test_the_same_name_is_the_same_lab() -> None:
    assert Lab("a").inventory() == Lab("a").inventory()
    assert Lab("a").folder != Lab("b").folder


def test_the_inventory_leads_to_the_hosts() -> None:
    lab = Lab("a")
    inventory = lab.inventory()
    assert [host.name for host in inventory.hosts] == ["n1", "n2", "n3"]
    assert inventory.operators == (str(lab.operator),)
    for host in inventory.hosts:
        assert host == lab.host(host.name)
        assert host.fence.lab
        assert host.ssh.key == str(lab.key)
        assert host.ssh.known_hosts == str(lab.known_hosts)


def test_a_checkout_has_one_lab_from_all_of_its_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    inner = tmp_path / "checkout" / "examples" / "shop"
    inner.mkdir(parents=True)
    (tmp_path / "checkout" / ".git").mkdir()
    monkeypatch.chdir(inner)
    assert Lab.here() == Lab(str(tmp_path / "checkout"))


def test_two_checkouts_have_two_labs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    labs = set()
    for name in ("one", "two"):
        (tmp_path / name / ".git").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / name)
        labs.add(Lab.here().id)
    assert len(labs) == 2


def test_the_variable_names_a_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "mine")
    assert Lab.here() == Lab("mine")
