"""A bundle as a flat Ansible project: readable trees, an inventory, one playbook without logic.

    inventory.yaml  ansible.cfg  site.yaml
    hosts/<host>/...         every file where it lies on the host
    manifests/<host>.json    mode, owner and what to restart, per file
    library/ ...             the modules that site.yaml uses

`ansible-playbook site.yaml` in that folder does what `holdfast up` does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from holdfast.bundle import Bundle, File, HostPlanned
from holdfast.formats import ini
from holdfast.plan.model import Plan, PlannedDatastore, PlannedHost
from holdfast.plan.places import schema_dir
from holdfast.platforms.machines.engines import engine
from holdfast.platforms.machines.sources import Folder

PLAYBOOK = "site.yaml"
INVENTORY = "inventory.yaml"
HOSTS = "hosts"
_PRIVATE = 0o600


@dataclass(frozen=True)
class Leaf:
    """A file of the project, by its path relative to the project."""

    path: str
    content: str
    mode: int = 0o644


def project(plan: Plan, bundle: Bundle, ansible: Folder) -> tuple[Leaf, ...]:
    """`ansible`: the playbook, its modules and plugins as they are shipped."""
    return (
        *(Leaf(path, source.content) for path, source in sorted(ansible.items())),
        Leaf("ansible.cfg", configuration(len(plan.hosts))),
        Leaf(INVENTORY, _inventory(plan, bundle)),
        *shipped(bundle, plan.hosts),
    )


def shipped(bundle: Bundle, hosts: Iterable[PlannedHost]) -> Iterator[Leaf]:
    """Every host's files, and what there is to know of each."""
    for host in hosts:
        yield _manifest(bundle, host.name)
    for file in bundle.files:
        yield _leaf(file)


def _leaf(file: File) -> Leaf:
    mode = _PRIVATE if file.secret else 0o644
    return Leaf(f"{HOSTS}/{file.host}{file.path}", file.content, mode)


def _manifest(bundle: Bundle, host: str) -> Leaf:
    entries = [
        {
            "path": file.path,
            "mode": file.mode,
            "owner": file.owner,
            "secret": file.secret,
            "restarts": list(file.restarts),
            "reloads": list(file.reloads),
        }
        for file in bundle.on(host)
    ]
    return Leaf(f"manifests/{host}.json", json.dumps(entries, indent=1) + "\n")


def configuration(forks: int) -> str:
    """ansible.cfg."""
    return ini.render(
        [
            ini.section(
                "defaults",
                [
                    "inventory=inventory.yaml",
                    "library=library",
                    "module_utils=module_utils",
                    "action_plugins=action_plugins",
                    "callback_plugins=callback_plugins",
                    f"forks={forks}",
                    "gathering=explicit",
                    "host_key_checking=True",
                    "retry_files_enabled=False",
                ],
            ),
            ini.section(
                "ssh_connection",
                [
                    "pipelining=True",
                    "ssh_args=-o ControlMaster=auto -o ControlPersist=15s"
                    " -o ServerAliveInterval=2 -o ServerAliveCountMax=3",
                ],
            ),
        ]
    )


def _inventory(plan: Plan, bundle: Bundle) -> str:
    needs = {host.host: host for host in bundle.hosts}
    variables = {
        "ansible_python_interpreter": "/usr/bin/python3",
        "system": plan.system,
        "serving": list(plan.stores),
        "fenced": [host.name for host in plan.fenced],
        "kept": [kept for d in plan.datastores if (kept := _kept(d))],
        "datastores": [seeded for d in plan.datastores if (seeded := _seeded(d))],
    }
    hosts = {host.name: dict(variables_of(host, needs[host.name])) for host in plan.hosts}
    tree = {"all": {"vars": variables, "hosts": hosts}}
    return yaml.safe_dump(tree, sort_keys=False, width=1000)


def _kept(datastore: PlannedDatastore) -> str | None:
    """The folder that tells a host with data from a fresh one."""
    here = engine(datastore)
    if here.seed is not None:
        return here.seed(datastore).data
    return None if here.data is None else here.data(datastore)


def _seeded(datastore: PlannedDatastore) -> dict[str, str] | None:
    """None for an engine whose members begin empty."""
    make, name = engine(datastore).seed, datastore.name
    if make is None:
        return None
    seed = make(datastore)
    return {"name": name, "data": seed.data, "seed": seed.archive, "schema": schema_dir(name)}


def variables_of(host: PlannedHost, needs: HostPlanned) -> Iterator[tuple[str, Any]]:
    """How Ansible reaches a host, and what it installs and starts there."""
    yield "ansible_host", str(host.address)
    yield "ansible_port", host.ssh.port
    yield "ansible_user", host.ssh.user
    if host.ssh.user != "root":
        yield "ansible_become", True
    if host.ssh.key:
        yield "ansible_ssh_private_key_file", host.ssh.key
    if host.ssh.known_hosts:
        yield "ansible_ssh_common_args", f"-o UserKnownHostsFile={host.ssh.known_hosts}"
    yield "packages", list(needs.packages)
    yield "units", list(needs.units)
    yield "held", list(needs.held)
