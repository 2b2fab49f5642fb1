"""The lab on an ordinary Debian 13: PID 1 is systemd, control groups are version 2.

Opt-in (`pytest -m vm`): boots an emulated virtual machine, which is ten times slower than this
one, so it tries this path and measures nothing. Needs root, mmdebstrap, mke2fs and
qemu-system-x86_64.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.lab import image

pytestmark = pytest.mark.vm

SOURCE = Path(__file__).parents[2] / "src"
PACKAGES = (
    "linux-image-cloud-amd64",
    "systemd-sysv",
    "udev",
    "systemd-container",
    "mmdebstrap",
    "iproute2",
    "openssh-client",
    "procps",
    "python3-click",
    "python3-pydantic",
    "python3-asyncssh",
    "python3-yaml",
    "python3-jinja2",
    "python3-rich",
)
TIMEOUT_S = 1800
KERNEL_LINE = "root=/dev/vda rw console=ttyS0 quiet systemd.mask=serial-getty@ttyS0.service"
"""A login prompt would take the console away from the check."""

CHECK = """\
#!/bin/sh -ex
cd /opt/holdfast
export PYTHONPATH=src HOME=/root HOLDFAST_LAB=vm
holdfast() { python3 -m holdfast "$@"; }
trap 'echo "RESULT code $?"' EXIT

test "$(cat /proc/1/comm)" = systemd
test -e /sys/fs/cgroup/cgroup.controllers

holdfast lab up --hosts 2
holdfast lab status
holdfast lab shell n1 chrt -r 50 chrt -p 0
test "$(ls -d /sys/fs/cgroup/holdfast.slice/hf*-n?.service/payload | wc -l)" = 2
for host in n1 n2; do holdfast lab shell $host systemd-run --quiet --unit=same sleep 1000; done
holdfast lab shell n1 systemctl stop same
holdfast lab shell n2 systemctl is-active same

holdfast lab power n1 off
holdfast lab status | grep 'n1 .* power off  link none'
holdfast lab power n1 on
holdfast lab link n2 cut
holdfast lab status | grep 'n2 .* link cut'
holdfast lab link n2 mend
holdfast lab up --hosts 2
holdfast lab shell n1 hostname

holdfast lab down
test ! -e /var/lib/holdfast
test -z "$(ip -brief link show type bridge; ip -brief link show type veth)"
test -z "$(systemctl list-units --all --no-legend 'hf*')"
! grep overlay /proc/mounts
"""

UNIT = """\
[Unit]
Description=The check of this virtual machine
After=multi-user.target
SuccessAction=poweroff-force
FailureAction=poweroff-force

[Service]
Type=oneshot
ExecStart=/opt/holdfast/check
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
TimeoutStartSec=infinity

[Install]
WantedBy=multi-user.target
"""


def run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv[0]}: {done.stderr[-2000:]}"


def furnished(folder: Path) -> Path:
    """The virtual machine's root file system: Debian, Holdfast, and the lab's image."""
    root = folder / "root"
    run("mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", "trixie", str(root))
    ours = root / "opt/holdfast"
    shutil.copytree(SOURCE, ours / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (ours / "check").write_text(CHECK)
    (ours / "check").chmod(0o755)
    units = root / "etc/systemd/system"
    (units / "check.service").write_text(UNIT)
    (units / "multi-user.target.wants/check.service").symlink_to("../check.service")
    cache = root / "root/.cache/holdfast"
    cache.mkdir(parents=True)
    run("cp", "--archive", str(image.path()), str(cache))
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A temporary folder that is not kept: it takes gigabytes."""
    yield tmp_path
    shutil.rmtree(tmp_path)


def test_a_lab_where_systemd_is_pid_1(can_boot: None, folder: Path) -> None:
    if not image.path().is_dir():
        pytest.skip("no lab image to take along: holdfast lab image")
    root = furnished(folder)
    disk = folder / "disk"
    run("mke2fs", "-q", "-t", "ext4", "-d", str(root), str(disk), "4G")
    [kernel] = root.glob("boot/vmlinuz-*")
    [initrd] = root.glob("boot/initrd.img-*")
    console = subprocess.run(
        (
            *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max"),
            *("-smp", "2", "-m", "4096", "-nographic", "-no-reboot", "-nic", "none"),
            *("-kernel", str(kernel), "-initrd", str(initrd)),
            *("-append", KERNEL_LINE),
            *("-drive", f"file={disk},format=raw,if=virtio"),
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=TIMEOUT_S,
        check=False,
    ).stdout
    print(console)
    assert "RESULT code 0" in console
