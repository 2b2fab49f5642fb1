"""holdfast converge import: the timers of configurations that are there already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.options import json_option
from holdfast.cli.voice import described, show
from holdfast.errors import InputError
from holdfast.finding import Finding, Severity

if TYPE_CHECKING:
    from holdfast.converge.imported.tail import Tail
    from holdfast.converge.imported.values import Imported, Value

_OBJECTIVES = {"calls": 2.0, "pod": 15.0, "edge": 4.0, "write": 2.0}
"""In seconds, where nobody says otherwise: what the fast profiles hold."""


class Pair(click.ParamType[tuple[str, str]]):
    """`NAME=VALUE`."""

    name = "pair"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        key, equals, rest = str(value).partition("=")
        if not (key and equals and rest):
            self.fail(f"{value!r} is no NAME=VALUE", param, ctx)
        return key, rest


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@click.option(
    "--release",
    "releases",
    type=Pair(),
    multiple=True,
    metavar="PART=VERSION",
    help="Whose defaults to fill in, e.g. kubernetes=1.29; else as the files tell.",
)
@click.option(
    "--objective",
    "objectives",
    type=Pair(),
    multiple=True,
    metavar="TIME=DURATION",
    help="What to hold it against: calls=2s, pod=15s, edge=4s, write=2s unless you say otherwise.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the timers there, as a block with the origin of each.",
)
@click.option("--all", "everything", is_flag=True, help="Show defaults, too.")
@json_option
def command(
    files: tuple[Path, ...],
    releases: tuple[tuple[str, str], ...],
    objectives: tuple[tuple[str, str], ...],
    output: Path | None,
    everything: bool,
    as_json: bool,
) -> int:
    """Read configurations that are there already, of whatever kind, and say which timers they
    set, which of them decides the worst case, and what costs availability.

    Known are haproxy.cfg, nginx.conf, keepalived.conf, corosync.conf, Pacemaker's CIB as XML,
    unit files and command lines of etcd and kube-*, YAML of kubeadm, kubelet, kube-proxy and
    static pods, postgresql.conf, patroni.yml, my.cnf with Galera's options, redis.conf. What is
    not known in them is passed over.

    Exit code 1 if something is an error, 2 if a file cannot be read, else 0.
    """
    from holdfast.converge.imported.block import written
    from holdfast.converge.imported.files import load
    from holdfast.converge.imported.findings import findings
    from holdfast.converge.imported.tail import tails

    wanted = _objectives(objectives)
    seen = load(files, _releases(releases))
    found, waits = findings(seen, wanted), tails(seen, wanted)
    if output:
        _write(output, written(seen))
    if as_json:
        click.echo(json.dumps(_data(seen, waits, found), indent=2))
    else:
        _show(seen, waits, everything)
        show(found)
    return 1 if any(each.severity is Severity.ERROR for each in found) else 0


def _objectives(said: tuple[tuple[str, str], ...]) -> dict[str, float]:
    """In seconds. Raises InputError for what is none."""
    from holdfast.converge.imported.durations import go

    wanted = dict(_OBJECTIVES)
    for time, value in said:
        if time not in wanted:
            known = ", ".join(_OBJECTIVES)
            raise InputError(f"there is no objective '{time}'", hint=f"known are {known}")
        try:
            wanted[time] = go(value) / 1000
        except ValueError as error:
            raise InputError(f"--objective {time}: {error}", hint="write 2s or 500ms") from error
    return wanted


def _releases(said: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Raises InputError for a part without versions, or what is no version."""
    from holdfast.timers.upstream import CURRENT, number

    for part, version in said:
        if part not in CURRENT:
            raise InputError(f"no defaults of '{part}' are known", hint=f"try {', '.join(CURRENT)}")
        if not number(version):
            raise InputError(f"'{version}' is no version of {part}", hint=f"try {CURRENT[part]}")
    return {part: version.lstrip("v") for part, version in said}


def _write(output: Path, text: str) -> None:
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            f"{output} cannot be written: {reason}", hint="choose another -o"
        ) from error
    click.echo(f"wrote {output}", err=True)


def _data(seen: Imported, waits: tuple[Tail, ...], found: tuple[Finding, ...]) -> dict[str, object]:
    from holdfast.converge.imported.block import platforms

    return {
        "files": [{"file": reading.file, "kind": reading.kind} for reading in seen.readings],
        "releases": {
            product: version
            for product, version in seen.versions.items()
            if any(each.default_of.startswith(f"{product} ") for each in seen.values.values())
        },
        **{key: timers.model_dump() for key, timers in platforms(seen).items()},
        "values": [_value(value) for value in seen.values.values()],
        "tails": [_tail(tail) for tail in waits],
        "findings": [described(finding) for finding in found],
    }


def _value(value: Value) -> dict[str, object]:
    said = {"name": value.name, "value": value.value, "origin": value.origin}
    if value.default_of:
        return {**said, "source": value.source}
    return {**said, "file": value.where.file, "line": value.where.line, "text": value.text}


def _tail(tail: Tail) -> dict[str, object]:
    """Endless waits are null: JSON has no infinity."""
    return {
        "time": tail.time,
        "seconds": _finite(tail.seconds),
        "dominant": tail.dominant.text,
        "waits": [
            {**_without_where(asdict(wait)), "seconds": _finite(wait.seconds)}
            for wait in tail.waits
        ],
    }


def _without_where(wait: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in wait.items() if key != "where"}


def _finite(seconds: float) -> float | None:
    return None if seconds == float("inf") else round(seconds, 3)


def _show(seen: Imported, waits: tuple[Tail, ...], everything: bool) -> None:
    """Plain lines, in the shape that editors can jump to: paths are long, tables are not."""
    for reading in seen.readings:
        click.echo(f"{reading.file}: read as {reading.kind}", err=True)
    shown = [each for each in seen.values.values() if everything or each.where.file]
    name_width = max((len(value.name) for value in shown), default=0)
    for value in shown:
        said = value.text or value.source
        click.echo(f"{value.name:<{name_width}}  {value.value!s:>8}  {value.origin}: {said}")
    for tail in waits:
        in_all = " in all" if tail.adds else ""
        click.echo(f"\n{tail.time}: at most {_long(tail.seconds)}{in_all}")
        for wait in sorted(tail.waits, key=lambda each: -each.seconds):
            click.echo(f"{_long(wait.seconds):>10}  {wait.part}: {wait.text} ({wait.origin})")
            if wait.fix:
                click.echo(f"{'':>10}  instead: {wait.fix}")
    click.echo()


def _long(seconds: float) -> str:
    return "for ever" if seconds == float("inf") else f"{seconds:.4g} s"
