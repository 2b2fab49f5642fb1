"""What the hosts say of themselves, held against what was planned for them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from ipaddress import ip_address
from typing import Any

from holdfast.audit.expected import planned
from holdfast.audit.remark import Remark
from holdfast.audit.seen import Facts, Silent, settings
from holdfast.bundle import Bundle, File
from holdfast.pki.authority import expires
from holdfast.plan.model import Plan, PlannedHost
from holdfast.plan.places import COROSYNC_PORT, EDGE_PORT, STEWARD_UNIT
from holdfast.platforms.machines.firewall import RULES

Rule = Callable[[Any], Iterator[Remark]]

HOSTS = "hosts"
SOON, ALMOST = timedelta(days=30), timedelta(days=7)
"""`holdfast up` renews what has less than 30 days left."""

_WILD = ("0.0.0.0", "::")
LIMITS = {
    STEWARD_UNIT: 5.0,
    "haproxy.service": 5.0,
    "corosync.service": 3.0,
    "keepalived.service": 3.0,
    "pacemaker.service": 9.8,
    "holdfast-firewall.service": 9.8,
}
"""systemd's exposure, 0 to 10, by unit. The first ones change processes, routes or addresses of
their host; pacemaker starts whatever it is told to; the firewall's process ends at once."""
_LIMIT = 2.0
"""For what runs as an ordinary user."""

_SSHD = {
    "passwordauthentication": ("no",),
    "permitemptypasswords": ("no",),
    "kbdinteractiveauthentication": ("no",),
    "permitrootlogin": ("without-password", "prohibit-password", "forced-commands-only", "no"),
}
_KERNEL = {
    "kernel.randomize_va_space": "2",
    "fs.protected_hardlinks": "1",
    "fs.protected_symlinks": "1",
}
_AGAIN = "deploy it again: holdfast up"


def remarks(
    plan: Plan, bundle: Bundle, seen: Mapping[str, Facts | Silent], now: datetime
) -> Iterator[Remark]:
    for host in plan.hosts:
        told = seen[host.name]
        if isinstance(told, Silent):
            continue
        yield from _unknown(host.name, told)
        for part, rule in _rules(plan, bundle, host, now).items():
            if told[part] is not None:
                yield from rule(told[part])


def _rules(plan: Plan, bundle: Bundle, host: PlannedHost, now: datetime) -> dict[str, Rule]:
    """By the part of the facts that they look at."""
    name = host.name
    return {
        "sockets": partial(_sockets, plan, host),
        "firewall": partial(_firewall, bundle, name),
        "files": partial(_files, bundle, name),
        "certificates": partial(_certificates, name, now),
        "exposure": partial(_exposure, name),
        "sshd": partial(_sshd, name),
        "updates": partial(_updates, name),
        "sysctls": partial(_sysctls, bundle, name),
        "passwords": partial(_passwords, name),
    }


def _unknown(host: str, told: Facts) -> Iterator[Remark]:
    for part, why in told["troubles"].items():
        make = Remark.note if part == "updates" else Remark.warning
        yield make("security-unknown", host, f"{part}: unknown: {why}", "mend that first", HOSTS)


def _sockets(plan: Plan, host: PlannedHost, found: list[dict[str, Any]]) -> Iterator[Remark]:
    may = {"tcp": planned(plan, host) | {host.ssh.port}, "udp": {COROSYNC_PORT}}
    wild = {EDGE_PORT, host.ssh.port}
    for s in found:
        kind, address, port, unit = s["kind"], s["address"], s["port"], s["unit"]
        if ip_address(address).is_loopback:
            continue
        if port not in may[kind] and not (kind == "udp" and unit == "corosync.service"):
            yield Remark.warning(
                "security-socket",
                host.name,
                f"{unit} listens on {kind} {address} port {port}, which is not planned",
                "stop it, or bind it to 127.0.0.1: only the firewall is before it",
                HOSTS,
            )
        elif address in _WILD and port not in wild:
            yield Remark.warning(
                "security-socket",
                host.name,
                f"{unit} listens on every address at {kind} port {port}",
                "bind it to the host's own address",
                HOSTS,
            )


def _firewall(bundle: Bundle, host: str, found: Mapping[str, Any]) -> Iterator[Remark]:
    text = next(file.content for file in bundle.on(host) if file.path == RULES)
    wanted = sum("accept" in line for line in text.splitlines())
    remedy = "systemctl restart holdfast-firewall, and see who has removed it"
    if found["policy"] is None:
        yield Remark.error("security-firewall", host, "no firewall is loaded", remedy, HOSTS)
    elif found["policy"] != "drop":
        what = f"what no rule names is let in: policy {found['policy']}"
        yield Remark.error("security-firewall", host, what, remedy, HOSTS)
    elif found["rules"] != wanted:
        what = f"the firewall has {found['rules']} rules, {wanted} are planned"
        yield Remark.error("security-firewall", host, what, remedy, HOSTS)


def _files(bundle: Bundle, host: str, found: Mapping[str, Any]) -> Iterator[Remark]:
    for file in bundle.on(host):
        told = found.get(file.path)
        if told is None:
            what = f"{file.path} is missing"
        elif differs(file, told):
            mode, owner = told["mode"], f"{told['owner']}:{told['group']}"
            what = f"{file.path} is {mode:04o} {owner}, planned {file.mode:04o} {file.owner}"
        else:
            continue
        make = Remark.error if file.secret else Remark.warning
        yield make("security-file", host, what, f"see who changed it, and {_AGAIN}", HOSTS)


def differs(file: File, told: Mapping[str, Any]) -> bool:
    """A file without a planned group has its owner's, by the same name."""
    owner, _, group = file.owner.partition(":")
    return (
        not told["regular"]
        or told["mode"] != file.mode
        or told["owner"] != owner
        or told["group"] != (group or owner)
    )


def _certificates(host: str, now: datetime, found: Mapping[str, list[str]]) -> Iterator[Remark]:
    for path, texts in found.items():
        try:
            left = min((expires(text) - now for text in texts), default=None)
        except ValueError:
            left = None
        if left is None:
            what = f"{path} holds no certificate that can be read"
            yield Remark.error("security-certificate", host, what, _AGAIN, HOSTS)
        elif left < SOON:
            make = Remark.error if left < ALMOST else Remark.warning
            what = f"{path} expired" if left < timedelta(0) else f"{path} expires in {left.days} d"
            yield make("security-certificate", host, what, "renew it: holdfast up", HOSTS)


def _exposure(host: str, found: Mapping[str, float]) -> Iterator[Remark]:
    for unit, score in found.items():
        limit = LIMITS.get(unit, _LIMIT)
        if score > limit:
            yield Remark.warning(
                "security-exposure",
                f"{host} {unit}",
                f"systemd finds it exposed by {score:g} of 10, more than {limit:g}",
                f"see `systemd-analyze security {unit}`",
                HOSTS,
            )


def _sshd(host: str, found: Mapping[str, str]) -> Iterator[Remark]:
    for name, good in _SSHD.items():
        value = found.get(name, "unknown")
        if value not in good:
            what = f"sshd: {name} is {value}"
            yield Remark.error(
                "security-sshd", host, what, f"set it to {good[0]} in /etc/ssh/sshd_config.d", HOSTS
            )


def _updates(host: str, found: list[dict[str, Any]]) -> Iterator[Remark]:
    names = sorted(each["package"] for each in found if each["security"])
    if names:
        what = f"{len(names)} security updates are waiting: {', '.join(names[:5])}"
        remedy = "one host at a time: holdfast switchover, apt upgrade, holdfast status"
        yield Remark.warning("security-updates", host, what, remedy, HOSTS)


def _sysctls(bundle: Bundle, host: str, found: Mapping[str, str | None]) -> Iterator[Remark]:
    for name, wanted in {**_KERNEL, **settings(bundle, host)}.items():
        value = found.get(name)
        if value is not None and value != wanted:
            remedy = "sysctl --system, and see what else sets it"
            what = f"{name} is {value}, not {wanted}"
            yield Remark.warning("security-kernel", host, what, remedy, HOSTS)


def _passwords(host: str, found: list[str]) -> Iterator[Remark]:
    for account in found:
        what = f"{account} has a password, or none is asked of it"
        yield Remark.warning("security-password", host, what, f"passwd -l {account}", HOSTS)
