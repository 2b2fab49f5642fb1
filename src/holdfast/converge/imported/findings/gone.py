"""Flags that are past their time: without effect, or refused at the start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge.imported.reading import Fact
from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity
from holdfast.timers.upstream import number

_TAINTS, _REMOVED = "1.13", "1.27"
"""TaintBasedEvictions is on since the one; both flags of before are gone since the other
(kubernetes/kubernetes#115840)."""

_GATE = "1.21"
"""The gate itself is unknown since then (Kubernetes documentation, "Feature gates (removed)")."""

_FLAGS = tuple(
    f"flag.kube-controller-manager.{flag}"
    for flag in ("pod-eviction-timeout", "enable-taint-manager")
)
_LEADER = tuple(
    f"flag.{part}.leader-elect" for part in ("kube-controller-manager", "kube-scheduler")
)


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    version = seen.versions["kubernetes"]
    for fact in seen.facts:
        if fact.name in _FLAGS and number(version) >= number(_TAINTS):
            yield _flag(fact, version)
        elif fact.name.endswith(".feature-gates") and "TaintBasedEvictions" in str(fact.value):
            if number(version) >= number(_GATE):
                yield _gate(fact, version)
        elif fact.name in _LEADER and fact.value == "false":
            yield Finding(
                "gone-leader",
                Severity.WARNING,
                f"{fact.text}: two of them act at the same time, or there is no standby",
                "remove it: standbys take over by their lease",
                where=fact.where,
            )


def _flag(fact: Fact, version: str) -> Finding:
    refused = number(version) >= number(_REMOVED)
    effect = "refuses to start with it" if refused else "does nothing with it"
    return Finding(
        "gone-flag",
        Severity.ERROR if refused else Severity.WARNING,
        f"{fact.text}: kube-controller-manager {version} {effect}",
        "pods leave a lost node by their tolerations: --default-unreachable-toleration-seconds of "
        "the API server",
        where=fact.where,
    )


def _gate(fact: Fact, version: str) -> Finding:
    return Finding(
        "gone-gate",
        Severity.ERROR,
        f"{fact.text}: Kubernetes {version} refuses to start with this gate",
        "remove it: pods leave lost nodes by taints in any case. Is the version right? It can be "
        "named: --release kubernetes=1.17",
        where=fact.where,
    )
