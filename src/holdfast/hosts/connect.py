"""From a host of the spec or the plan to a door to it."""

from __future__ import annotations

from holdfast.hosts.base import Transport
from holdfast.hosts.ssh import SshHost
from holdfast.plan.model import PlannedHost
from holdfast.spec.model import Host


def connect(host: Host | PlannedHost) -> Transport:
    """A door to the host; the connection itself is opened by the first command."""
    return SshHost(host.name, str(host.address), host.ssh)
