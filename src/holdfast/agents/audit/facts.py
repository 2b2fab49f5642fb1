"""What a host is like right now, as one JSON object on stdout. Changes nothing.

Its argument is JSON: seconds (how long to look at the processors), files, units, sysctls. A part
that cannot be seen is null, and `troubles` says why.
"""

from __future__ import annotations

import grp
import ipaddress
import json
import os
import pwd
import re
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

KIB = 1024
PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
COMMAND_S = 20.0
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def main() -> None:
    asked = json.loads(sys.argv[1])
    troubles: dict[str, str] = {}
    parts: dict[str, Callable[[], Any]] = {
        "memory": memory,
        "processors": lambda: processors(asked["seconds"]),
        "disk": lambda: disk(asked["folders"]),
        "sockets": lambda: list(sockets()),
        "firewall": firewall,
        "files": lambda: {path: file(path) for path in asked["files"]},
        "certificates": lambda: {path: certificates(path) for path in asked["certificates"]},
        "exposure": lambda: exposure(asked["units"]),
        "sshd": sshd,
        "updates": updates,
        "sysctls": lambda: {name: sysctl(name) for name in asked["sysctls"]},
        "passwords": passwords,
    }
    told = {name: attempt(name, look, troubles) for name, look in parts.items()}
    json.dump({**told, "troubles": troubles, "kernel": os.uname().release}, sys.stdout)


def attempt(name: str, look: Callable[[], Any], troubles: dict[str, str]) -> Any:
    try:
        return look()
    except (OSError, ValueError, KeyError, LookupError, subprocess.SubprocessError) as error:
        troubles[name] = f"{type(error).__name__}: {error}"
        return None


def memory() -> dict[str, Any]:
    """Bytes of proportional set size by unit (proc_pid_smaps(5)), and of the whole machine."""
    sizes: Counter[str] = Counter()
    for process in processes():
        try:
            rollup = (process / "smaps_rollup").read_text()
        except OSError:
            continue  # it has ended, or is a thread of the kernel
        found = re.search(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)
        if found:
            sizes[unit(process)] += int(found[1]) * KIB
    total = re.search(r"^MemTotal: +(\d+) kB", (PROC / "meminfo").read_text(), re.MULTILINE)
    return {"units": dict(sizes), "total": int(total[1]) * KIB if total else None}


def processors(seconds: float) -> dict[str, float]:
    """Share of one core by unit, over the time."""
    before, begun = ticks(), time.monotonic()
    time.sleep(seconds)
    after, took = ticks(), time.monotonic() - begun
    shares: Counter[str] = Counter()
    for process, (name, count) in after.items():
        shares[name] += max(0, count - before.get(process, (name, 0))[1])
    return {name: count / TICKS / took for name, count in shares.items()}


def ticks() -> dict[str, tuple[str, int]]:
    """By process: its unit, and clock ticks used as user and as kernel (proc_pid_stat(5))."""
    found = {}
    for process in processes():
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            found[process.name] = unit(process), int(fields[11]) + int(fields[12])
        except OSError:
            continue
    return found


def processes() -> Iterator[Path]:
    """All but ourselves."""
    return (p for p in PROC.iterdir() if p.name.isdigit() and p.name != str(os.getpid()))


def unit(process: Path) -> str:
    """The systemd unit that a process belongs to, by its control group."""
    try:
        groups = (process / "cgroup").read_text().splitlines()
    except OSError:
        return "ended"
    names = [part for line in groups for part in line.split(":", 2)[2].split("/")]
    named = [name for name in names if name.endswith((".service", ".scope"))]
    return named[-1].replace("\\x2d", "-") if named else "none"


def disk(folders: list[str]) -> dict[str, dict[str, int]]:
    """Bytes of the file systems that hold the folders."""
    found = {}
    for folder in folders:
        status = os.statvfs(folder)
        found[folder] = {
            "size": status.f_blocks * status.f_frsize,
            "free": status.f_bavail * status.f_frsize,
        }
    return found


def sockets() -> Iterator[dict[str, Any]]:
    """Who listens: kind, address, port, unit."""
    owners = socket_owners()
    for kind, listening in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        path = PROC / "net" / kind
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            fields = line.split()
            if fields[3] == listening:
                address, port = spelt(fields[1])
                owner = owners.get(fields[9], "unknown")
                yield {"kind": kind[:3], "address": address, "port": port, "unit": owner}


def spelt(text: str) -> tuple[str, int]:
    """The kernel writes addresses as words of the machine's byte order, in hexadecimal."""
    address, _, port = text.partition(":")
    words = bytes.fromhex(address)
    swapped = b"".join(words[i : i + 4][::-1] for i in range(0, len(words), 4))
    return str(ipaddress.ip_address(swapped)), int(port, 16)


def socket_owners() -> dict[str, str]:
    """Units by the inode of their sockets."""
    found = {}
    for process in processes():
        try:
            for handle in (process / "fd").iterdir():
                target = str(handle.readlink())
                if target.startswith("socket:["):
                    found[target[8:-1]] = unit(process)
        except OSError:
            continue
    return found


def firewall() -> dict[str, Any]:
    """Our table: the policy of its input, and how many rules there are. None of both: no table."""
    said = command("nft", "-j", "list", "ruleset")
    entries = json.loads(said)["nftables"]
    own = [
        (key, value)
        for entry in entries
        for key, value in entry.items()
        if key in ("chain", "rule") and value.get("table") == "holdfast"
    ]
    chains = [value for key, value in own if key == "chain" and value.get("hook") == "input"]
    rules = [value for key, value in own if key == "rule" and value.get("chain") == "input"]
    return {"policy": chains[0]["policy"] if chains else None, "rules": len(rules)}


def file(path: str) -> dict[str, Any] | None:
    """Permission bits and owner; None where there is none."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    return {
        "mode": stat.S_IMODE(status.st_mode),
        "owner": name_of(pwd.getpwuid, status.st_uid),
        "group": name_of(grp.getgrgid, status.st_gid),
        "regular": stat.S_ISREG(status.st_mode),
    }


def name_of(find: Callable[[int], Any], number: int) -> str:
    try:
        return str(find(number)[0])
    except KeyError:
        return str(number)


def certificates(path: str) -> list[str]:
    """The certificates in a file, PEM, without any key that is beside them."""
    try:
        return CERTIFICATE.findall(Path(path).read_text())
    except FileNotFoundError:
        return []


def exposure(units: list[str]) -> dict[str, float]:
    """systemd's own score by unit: 0 is confined, 10 is not."""
    said = command("systemd-analyze", "security", "--no-pager", "--json=short")
    return {unit: score for unit, score in scores(said).items() if unit in units}


def scores(said: str) -> dict[str, float]:
    return {each["unit"]: float(each["exposure"]) for each in json.loads(said)}


def sshd() -> dict[str, str]:
    """Effective settings, by their names in small letters."""
    lines = command("/usr/sbin/sshd", "-T").splitlines()
    return {name: value for name, _, value in (line.partition(" ") for line in lines)}


def updates() -> list[dict[str, Any]] | None:
    """Packages that the known lists have newer; None when there are no lists to compare with."""
    if not list(Path("/var/lib/apt/lists").glob("*_Packages*")):
        raise LookupError("no package lists: apt update was never run here")
    said = command("apt", "list", "--upgradable")
    found = (re.match(r"^([^/\s]+)/(\S+) (\S+)", line) for line in said.splitlines())
    return [{"package": m[1], "version": m[3], "security": "-security" in m[2]} for m in found if m]


def sysctl(name: str) -> str | None:
    path = PROC / "sys" / name.replace(".", "/")
    return path.read_text().strip() if path.exists() else None


def passwords() -> list[str]:
    """Accounts that one can log in to with a password, or without any."""
    lines = (line.split(":") for line in Path("/etc/shadow").read_text().splitlines())
    return [fields[0] for fields in lines if not fields[1].startswith(("!", "*"))]


def command(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=COMMAND_S, check=False)
    if done.returncode != 0:
        raise OSError(f"{argv[0]}: {done.stderr.strip() or f'code {done.returncode}'}")
    return done.stdout


if __name__ == "__main__":
    main()
