"""Whether this machine can boot lab hosts, and what is missing where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess

from holdfast.errors import LabError

PACKAGES = {
    "systemd-nspawn": "systemd-container",
    "systemctl": "systemd",
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "setpriv": "util-linux",
    "unshare": "util-linux",
}
"""The Debian package of each program that the lab runs."""


def missing() -> str:
    """Why no lab host can be booted here, with the remedy; empty when one can."""
    if os.geteuid() != 0:
        return "not root: run it as root, for instance with sudo"
    if absent := sorted({PACKAGES[tool] for tool in PACKAGES if shutil.which(tool) is None}):
        return f"packages are missing: apt-get install {' '.join(absent)}"
    try_namespaces = ("unshare", "--mount", "--net", "--pid", "--fork", "true")
    tried = subprocess.run(try_namespaces, capture_output=True, text=True, check=False)
    if tried.returncode:
        return (
            f"no new namespaces ({tried.stderr.strip()}): use a machine or a VM that allows them; "
            "in a container, run it privileged"
        )
    return ""


def require() -> None:
    """Raises LabError when this machine cannot boot lab hosts."""
    if reason := missing():
        raise LabError("this machine cannot boot lab hosts", hint=reason)
