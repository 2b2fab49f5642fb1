"""The fencing agent that pacemaker runs, from the hosts' own packages, against the lab's Redfish
service: it says `off` when the BMC does, and in no other case."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.bmcs import LOOPBACK, Bmcs, bmcs
from tests.conftest import Command

from holdfast.cli.entry import planned
from holdfast.lab.place import Lab
from holdfast.pki.credentials import placeholder
from holdfast.plan import places
from holdfast.platforms.machines.gather import gather
from holdfast.platforms.machines.render import render

pytestmark = pytest.mark.lab

ROOT = Path(__file__).parents[2]
AGENTS = ROOT / "src/holdfast/agents/pacemaker"
SMALL = ROOT / "examples/small/holdfast.yaml"
IN_IMAGE = """\
mount --bind "$1" "$2/mnt" && mount --bind /dev "$2/dev" && shift && exec env -i \
  PATH=/usr/sbin:/usr/bin PYTHONDONTWRITEBYTECODE=1 REQUESTS_CA_BUNDLE=/mnt/ca.crt \
  HOLDFAST_FENCE_PATIENCE_S=0 chroot "$@"
"""
Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


@pytest.fixture(scope="module")
def image(can_boot: None, holdfast: Command) -> Path:
    """The file system that lab hosts share, not booted."""
    done = holdfast(Lab.here(), "lab", "image")
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Bmcs]:
    with bmcs(tmp_path) as running:
        yield running


@pytest.fixture
def run(image: Path, tmp_path: Path) -> Run:
    """A program of the image's; it finds the test's folder at /mnt."""

    def inside(*command: str, said: str = "") -> Done:
        words = ("unshare", "--mount", "sh", "-ec", IN_IMAGE, "run", str(tmp_path), str(image))
        return subprocess.run(
            [*words, *command], input=said, capture_output=True, text=True, check=False
        )

    return inside


def fence(run: Run, service: Bmcs, action: str, **changed: str) -> Done:
    """As pacemaker calls it: options by standard input."""
    folder = service.ca.parent
    (folder / "agent").write_bytes((AGENTS / "fence_holdfast").read_bytes())
    options = {
        "action": action,
        "nodename": "n1",
        "ip": LOOPBACK,
        "ipport": str(service.port),
        "systems_uri": "/redfish/v1/Systems/n1",
        "username": "n1",
        "password": "n1-secret",
        "ssl_secure": "1",
        "power_timeout": "2",
        **changed,
    }
    said = "".join(f"{key}={value}\n" for key, value in options.items())
    return run("python3", "/mnt/agent", said=said)


def test_it_says_how_the_host_is(run: Run, service: Bmcs) -> None:
    assert fence(run, service, "status").returncode == 0
    service.chassis.on.discard("n1")
    assert fence(run, service, "status").returncode == 2


def test_off_is_off_and_on_is_on(run: Run, service: Bmcs) -> None:
    assert fence(run, service, "off").returncode == 0
    assert service.chassis.on == {"n2"}
    assert fence(run, service, "on").returncode == 0
    assert service.chassis.on == {"n1", "n2"}
    assert fence(run, service, "reboot").returncode == 0
    kinds = [kind for _, kind in service.chassis.done]
    assert kinds == ["ForceOff", "On", "ForceOff", "On"]


def test_a_host_that_is_off_is_not_switched_again(run: Run, service: Bmcs) -> None:
    service.chassis.on.discard("n1")
    assert fence(run, service, "off").returncode == 0
    assert service.chassis.done == []


@pytest.mark.parametrize("trouble", ["graves", "stuck", "broken"])
@pytest.mark.parametrize("action", ["off", "reboot"])
def test_a_bmc_that_does_not_do_it_is_no_success(
    run: Run, service: Bmcs, action: str, trouble: str
) -> None:
    setattr(service.chassis, trouble, {"n1"})
    assert fence(run, service, action).returncode not in (0, 2)
    assert service.chassis.on == {"n1", "n2"}


@pytest.mark.parametrize(
    "changed",
    [
        {"password": "guess"},
        {"username": "n2", "password": "n2-secret"},
        {"ip": "localhost"},
        {"ipport": "1"},
        {"systems_uri": "/redfish/v1/Systems"},
        {"systems_uri": "/redfish/v1/Systems/n9"},
    ],
    ids=["password", "account", "certificate", "port", "no system", "another system"],
)
def test_whom_it_cannot_ask_it_calls_neither_off_nor_on(
    run: Run, service: Bmcs, changed: dict[str, str]
) -> None:
    for action in ("off", "status"):
        assert fence(run, service, action, **changed).returncode not in (0, 2)
    assert service.chassis.on == {"n1", "n2"}


def test_it_describes_itself(run: Run, service: Bmcs) -> None:
    done = fence(run, service, "metadata")
    assert (done.returncode, '<parameter name="systems_uri"' in done.stdout) == (0, True)


def test_pacemaker_finds_no_fault_with_its_configuration(run: Run, tmp_path: Path) -> None:
    small = planned(SMALL)
    bundle = render(small, placeholder(small), gather(small, SMALL.parent))
    cib = next(file.content for file in bundle.on("n1") if file.path == places.CIB)
    (tmp_path / "cib.xml").write_text(_all_there(cib))
    done = run("crm_verify", "--xml-file=/mnt/cib.xml", "-V")
    assert (done.returncode, done.stderr) == (0, "")


def _all_there(cib: str) -> str:
    """As it reads when every host has joined: else it is the hosts that are found fault with."""
    root = ET.fromstring(cib)
    root.attrib |= {"have-quorum": "1", "dc-uuid": "1"}
    status = root.find("status")
    assert status is not None
    for number in ("1", "2", "3"):
        there = {"in_ccm": "true", "crmd": "online", "join": "member", "expected": "member"}
        ET.SubElement(status, "node_state", {"id": number, "uname": f"n{number}", **there})
    return ET.tostring(root, encoding="unicode")
