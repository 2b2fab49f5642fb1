"""pacemaker: the slow truth, off the users' path. It makes lost hosts certain to be off, and so
lets must-be-one services move; and it lets a person put a host on standby."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.pki.credentials import Credentials
from holdfast.plan import places
from holdfast.plan.model import Plan, PlannedHost
from holdfast.platforms.machines import cib
from holdfast.platforms.machines.sources import Folder
from holdfast.platforms.machines.units import MANAGING_NICE, drop_in, restart

_UNIT = places.PACEMAKER_UNIT
_PACKAGES = ("fence-agents-redfish", "pacemaker", "pacemaker-cli-utils")


def packages(plan: Plan) -> tuple[str, ...]:
    return _PACKAGES if plan.fenced else ()


def units(plan: Plan) -> tuple[str, ...]:
    return (_UNIT,) if plan.fenced else ()


def files(
    plan: Plan, host: PlannedHost, credentials: Credentials, agents: Folder
) -> Iterator[File]:
    """None where no host has a fence for it. Nothing here restarts pacemaker but its unit: it reads
    passwords and agents when it uses them, and the CIB is brought by the deployment when all hosts
    are there."""
    if not plan.fenced:
        return
    yield drop_in(host.name, _UNIT, _service(plan), wanted=["Wants=holdfast-steward.service"])
    yield File(host.name, places.CIB, cib.configuration(plan))
    for name, source in agents.items():
        folder = places.FENCE_AGENTS if name == cib.FENCE else places.OCF
        yield File(host.name, f"{folder}/{name}", source.content, 0o755)
    for other in plan.fenced:
        if other.name != host.name:
            path, secret = places.bmc_password(other.name), credentials.bmc(other.name).password
            yield File(host.name, path, secret, 0o600, secret=True)
    if authorities := _authorities(plan, credentials):
        yield File(host.name, places.BMC_CA, authorities)


def _service(plan: Plan) -> Iterator[str]:
    yield from restart(plan.timers.systemd.pacemaker_restart_ms)
    yield f"Nice={MANAGING_NICE}"
    yield f"Environment=HOLDFAST_FENCE_PATIENCE_S={plan.timers.pacemaker.patience_s}"
    if any(host.fence.redfish and host.fence.redfish.ca_file for host in plan.fenced):
        # fence_redfish is Python's requests, and has no option of its own for this.
        yield f"Environment=REQUESTS_CA_BUNDLE={places.BMC_CA}"


def _authorities(plan: Plan, credentials: Credentials) -> str:
    """Each once."""
    found = (credentials.bmc(host.name).ca for host in plan.fenced)
    return "".join(dict.fromkeys(found))
