"""A port that nobody listens on, as far as the files tell who listens where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from holdfast.converge.imported.reading import Listener, Target
from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for target in seen.targets:
        fitting = _who_could(target, seen.listeners)
        if fitting and target.port not in {each.port for each in seen.listeners}:
            ports = ", ".join(sorted({f"{each.port} ({each.part})" for each in fitting}))
            yield Finding(
                "unheard-port",
                Severity.WARNING,
                f"{target.text}: nobody listens on port {target.port} there; these files have "
                f"{ports}",
                "correct the port, or give the file of whoever listens there",
                where=target.where,
            )


def _who_could(target: Target, listeners: Sequence[Listener]) -> list[Listener]:
    """Those of the part that is asked for; else those of the very address, if any file tells of
    it. Of an address that no file tells of, nothing is known."""
    if target.part:
        return [each for each in listeners if each.part == target.part]
    if target.address in _LOOPBACK:
        return [each for each in listeners if each.address in (*_LOOPBACK, "")]
    return [each for each in listeners if each.address == target.address]
