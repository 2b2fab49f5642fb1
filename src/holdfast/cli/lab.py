"""holdfast lab: Debian hosts on this machine."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.entry import run_async, sound
from holdfast.cli.options import spec_option
from holdfast.errors import InputError
from holdfast.lab.place import FEWEST, HOSTS, MOST, Lab

if TYPE_CHECKING:
    from holdfast.lab.operate import HostStatus
    from holdfast.spec.cluster import Cluster


@click.group("lab")
def command() -> None:
    """Debian hosts on this machine, to deploy on and to break.

    Every checkout has a lab of its own; HOLDFAST_LAB=<name> names another one.
    """


@command.command()
@click.option(
    "--hosts",
    type=click.IntRange(FEWEST, MOST),
    default=HOSTS,
    show_default=True,
    help="How many hosts.",
)
@click.option(
    "--cluster", is_flag=True, help="With the Kubernetes cluster of the spec on it, at work."
)
@spec_option
def up(hosts: int, cluster: bool, spec: Path) -> None:
    """Boot the hosts that are off; the first time, build their image.

    With --cluster as many as the spec's cluster has, and return when it works; doing it again
    changes nothing.
    """
    from holdfast.lab import operate

    if cluster:
        _cluster_up(spec)
        return
    run_async(operate.up(Lab.here(), hosts, say=_say))


def _cluster_up(spec: Path) -> None:
    from holdfast.cli.up import carry_out
    from holdfast.cluster import binaries
    from holdfast.lab import operate

    async def boot(hosts: int) -> None:
        programs = await binaries.provide("auto", _say)
        await operate.up(Lab.here(), hosts, binaries=programs, say=_say)

    run_async(boot(HOSTS + len(_asked(spec).balancers)))
    carry_out(spec, sound(spec), dry_run=False, as_json=False)


def _asked(spec: Path) -> Cluster:
    """Raises InputError for a spec that asks for no cluster in a lab."""
    from holdfast.spec.load import load

    system = load(spec).system
    if system.cluster is None:
        raise InputError(f"{spec} has no cluster", "holdfast init --cluster writes one that has")
    if system.hosts:
        raise InputError(f"{spec} names hosts of its own", "deploy it on them with: holdfast up")
    return system.cluster


@command.command()
def down() -> None:
    """Remove the lab and all its data; the image stays for the next one."""
    from holdfast.lab import operate

    run_async(operate.down(Lab.here(), say=_say))


@command.command()
@click.option("--cluster", is_flag=True, help="Of the nodes of a Kubernetes cluster.")
def image(cluster: bool) -> None:
    """Build the image of lab hosts, unless it is there, and name its folder."""
    from holdfast.lab import image, machine, nodes, recipe

    machine.require()
    wanted = nodes.NODES if cluster else recipe.MACHINES
    click.echo(run_async(image.ready(_say, wanted)))


@command.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(as_json: bool) -> None:
    """Show the hosts: power, link, and whether SSH and the BMC answer."""
    from holdfast.lab import operate

    lab = Lab.here()
    hosts = run_async(operate.status(lab))
    if as_json:
        click.echo(json.dumps(_as_data(lab, hosts), indent=2))
        return
    click.echo(f"lab {lab.id} ({lab.name}), {lab.network} on {lab.bridge}, in {lab.folder}")
    for h in hosts:
        ssh = "answers" if h.ssh else "silent"
        wires = f"power {h.power}  link {h.link}  bmc {h.bmc}"
        click.echo(f"  {h.name}  {h.address}  {wires}  ssh {ssh}")
    if not hosts:
        click.echo("  no hosts; boot them with: holdfast lab up")


@command.command(context_settings={"ignore_unknown_options": True})
@click.argument("host")
@click.argument("argv", nargs=-1, type=click.UNPROCESSED)
def shell(host: str, argv: tuple[str, ...]) -> None:
    """Log in to a host, or run one command there."""
    from holdfast.lab.host import existing_host

    lab = Lab.here()
    existing_host(lab, host)
    options = (f"UserKnownHostsFile={lab.known_hosts}", "IdentitiesOnly=yes", "ConnectTimeout=5")
    flags = [word for option in options for word in ("-o", option)]
    address = f"root@{lab.address(host)}"
    os.execvp("ssh", ["ssh", "-F", "none", "-i", str(lab.key), *flags, address, *argv])


@command.command()
@click.argument("host")
@click.argument("state", type=click.Choice(["on", "off", "cycle"]))
@click.option("--bmc-stays", is_flag=True, help="The host's BMC has power of its own.")
def power(host: str, state: str, bmc_stays: bool) -> None:
    """Switch a host on, or cut its power: no goodbye to anybody, no shutdown.

    Its BMC goes with it, as most do, and cannot be asked until the host has power again."""
    from holdfast.lab.switch import LabSwitch

    async def switch() -> None:
        lab = LabSwitch(Lab.here(), bmc_stays)
        if state != "on":
            await lab.off(host)
        if state != "off":
            await lab.on(host)

    run_async(switch())


@command.command()
@click.argument("host")
@click.argument("state", type=click.Choice(["cut", "mend"]))
def link(host: str, state: str) -> None:
    """Pull a host's network cable, or plug it in again."""
    from holdfast.lab.switch import LabSwitch

    lab = LabSwitch(Lab.here())
    run_async(lab.cut(host) if state == "cut" else lab.mend(host))


@command.command()
@click.argument("host")
@click.argument("state", type=click.Choice(["on", "off"]))
def freeze(host: str, state: str) -> None:
    """Stop every process of a host, or let them go on."""
    from holdfast.lab.switch import LabSwitch

    lab = LabSwitch(Lab.here())
    run_async(lab.freeze(host) if state == "on" else lab.thaw(host))


def _say(words: str) -> None:
    click.echo(words, err=True)


def _as_data(lab: Lab, hosts: tuple[HostStatus, ...]) -> dict[str, Any]:
    return {
        "lab": lab.id,
        "name": lab.name,
        "network": str(lab.network),
        "bridge": lab.bridge,
        "folder": str(lab.folder),
        "hosts": [asdict(host) for host in hosts],
    }
