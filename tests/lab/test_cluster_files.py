"""Rendered clusters are accepted by the owners' own checkers, run in the lab's image."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Command

from holdfast.cluster.credentials import placeholder
from holdfast.cluster.places import BIN, PAUSE
from holdfast.cluster.plan import build
from holdfast.cluster.render import render
from holdfast.lab.place import Lab
from holdfast.spec.cluster import Cluster
from holdfast.timers.cluster.profiles import PROFILES

pytestmark = pytest.mark.lab

OUTSIDE: dict[str, Any] = {"endpoint": "outside", "balancers": ("n4", "n5")}
_CHECK = 'ip link add host0 type bridge && mount --bind "$1" "$2/mnt" && shift && exec chroot "$@"'
"""In namespaces of its own: the image, which all labs share, and our network stay as they are."""

_OWN_FOLDERS = (
    "for f in /run /var/log/nginx; do mount -t tmpfs none $f; done; mount -t proc none /proc; "
)


@pytest.fixture(scope="module")
def root(can_boot: None, holdfast: Command) -> Path:
    """The folder of the nodes' image; built first where there is none."""
    done = holdfast(Lab.here(), "lab", "image", "--cluster")
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def check(root: Path, folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    wrapped = (
        "unshare",
        "--mount",
        "--net",
        "sh",
        "-c",
        _CHECK,
        "sh",
        str(folder),
        str(root),
        *argv,
    )
    return subprocess.run(wrapped, capture_output=True, text=True, check=False)


def written(folder: Path, asked: dict[str, Any], host: str, path: str) -> None:
    cluster = Cluster(**asked)
    inventory = Lab("unit").inventory(3 + len(cluster.balancers))
    plan = build("kube", cluster, inventory)
    made = render(plan, placeholder(plan), {})
    content = next(file.content for file in made.on(host) if file.path == path)
    (folder / "file").write_text(content)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("host", "design"), [("n1", {}), ("n4", OUTSIDE)], ids=["node", "pair"])
def test_haproxy(
    root: Path, tmp_path: Path, profile: str, host: str, design: dict[str, Any]
) -> None:
    written(tmp_path, {"timers": profile, **design}, host, "/etc/haproxy/haproxy.cfg")
    done = check(root, tmp_path, "haproxy", "-c", "-f", "/mnt/file")
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr


@pytest.mark.parametrize("profile", PROFILES)
def test_nginx(root: Path, tmp_path: Path, profile: str) -> None:
    asked = {"timers": profile, "balancer": "nginx", **OUTSIDE}
    written(tmp_path, asked, "n4", "/etc/nginx/nginx.conf")
    mine = "sysctl -qw net.ipv4.ip_nonlocal_bind=1; exec nginx -t -c /mnt/file"
    done = check(root, tmp_path, "sh", "-c", _OWN_FOLDERS + mine)
    assert done.returncode == 0, done.stderr


def test_containerd(root: Path, tmp_path: Path) -> None:
    """As it reads it, with what the lab adds: a section that is replaced keeps everything."""
    written(tmp_path, {}, "n1", "/etc/containerd/config.toml")
    done = check(root, tmp_path, "containerd", "--config", "/mnt/file", "config", "dump")
    assert done.returncode == 0, done.stderr
    for line in (
        f'sandbox_image = "{PAUSE}"',
        'bin_dir = "/usr/lib/cni"',
        "restrict_oom_score_adj = true",
        "SystemdCgroup = false",
    ):
        assert line in done.stdout


@pytest.mark.parametrize("profile", PROFILES)
def test_keepalived(root: Path, tmp_path: Path, profile: str) -> None:
    """The script is not there to be checked, and a group of one is meant: it is where a pair with
    a second address would add it. Of all the rest it must not speak."""
    written(tmp_path, {"timers": profile, **OUTSIDE}, "n4", "/etc/keepalived/keepalived.conf")
    done = check(root, tmp_path, "keepalived", "--config-test", "--use-file", "/mnt/file")
    said = done.stdout + done.stderr
    wrong = [
        line for line in said.splitlines() if "script" not in line and "Sync group" not in line
    ]
    assert wrong == []


def test_units(root: Path, tmp_path: Path) -> None:
    """With a stand-in for the programs, which the image does not have."""
    plan = build("kube", Cluster(), Lab("unit").inventory())
    own = [
        file
        for file in render(plan, placeholder(plan), {}).on("n1")
        if file.path.startswith("/etc/systemd/system/") and file.path.endswith(".service")
    ]
    for file in own:
        text = re.sub(rf"=({BIN}/[a-z-]+|/usr/bin/etcd)", "=/usr/bin/true", file.content)
        (tmp_path / Path(file.path).name).write_text(text)
    names = [f"/mnt/{path.name}" for path in tmp_path.iterdir()]
    done = check(root, tmp_path, "systemd-analyze", "verify", "--man=no", *names)
    assert len(names) == 9
    assert (done.returncode, done.stderr) == (0, "")


def test_nftables(root: Path, tmp_path: Path) -> None:
    written(tmp_path, {}, "n1", "/etc/kubernetes/masquerade.nft")
    done = check(root, tmp_path, "nft", "--check", "--file", "/mnt/file")
    assert done.returncode == 0, done.stderr
