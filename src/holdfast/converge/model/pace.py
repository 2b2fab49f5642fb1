"""How long work takes that no timer sets: parameters of the model, with what was measured as their
defaults. Give your own where your machines differ (`--pace`).

All in seconds: the median and the 90th percentile.
"""

from __future__ import annotations

from holdfast.converge.model.laws import Took
from holdfast.timers.model import Group


class ClusterPace(Group):
    """A Kubernetes of three nodes sharing two cores: power cuts of the etcd leader's node, eight
    courses recorded under four sets of timers on a quiet machine, and twelve on one that other work
    shared (load 10 to 30), of which the 90th percentiles are."""

    vote: Took = Took(p50=0.01, p90=0.05)
    """From a candidate to a leader that commits: two rounds of messages, one write each."""
    answer: Took = Took(p50=0.035, p90=0.08)
    """A call of kubectl once the API answers."""
    again: float = 0.25
    again_s: float = 0.62
    """How often it has to ask anew, and after how long."""
    begin: Took = Took(p50=1.05, p90=1.2)
    """A controller-manager that has just taken over, until it looks at the nodes: informers."""
    look: Took = Took(p50=0.012, p90=0.025)
    """One look of the node lifecycle controller at three nodes."""
    taint: Took = Took(p50=0.07, p90=0.13)
    """To write a taint, once it is due."""
    remove: Took = Took(p50=0.15, p90=0.4)
    """From a lost node to its pods leaving the EndpointSlices."""
    evict: Took = Took(p50=0.21, p90=0.33)
    """From the taint to the pod's deletion, besides the toleration."""
    order: Took = Took(p50=0.06, p90=0.18)
    """A node agent orders: one change of an object, after those before it."""
    create: Took = Took(p50=0.06, p90=0.18)
    resume: Took = Took(p50=0.4, p90=0.6)
    """The same by a controller-manager that has just begun: its informers fill first."""
    schedule: Took = Took(p50=0.035, p90=0.1)
    run: Took = Took(p50=0.98, p90=1.5)
    """Sandbox and container, the image being there. Three to five seconds on a starved host."""
    ready: Took = Took(p50=0.2, p90=0.6)
    """From a running container to a ready one, asked every second."""
    publish: Took = Took(p50=0.035, p90=0.1)
    """From a ready pod to its endpoint."""
    write: Took = Took(p50=0.07, p90=0.19)
    """kube-proxy writes its rules, and traffic follows; 558 of them were measured."""


class MachinesPace(Group):
    """Three hosts sharing two cores: docs/benchmarks.md has the runs. `frees` is by how much work
    goes faster when one of three hosts is off and leaves its share of the cores to the others,
    `spares` when only a server of its is gone."""

    regroup: Took = Took(p50=0.010, p90=0.020)
    """corosync installs the new ring, once consensus is there."""
    view: Took = Took(p50=0.0015, p90=0.002)
    noticed: Took = Took(p50=0.018, p90=0.025)
    """A dead process, by its pidfd: the kernel tells at once, then the survivors are told."""
    order: Took = Took(p50=0.31, p90=0.35)
    """A handover is asked for, and prepared; the primary goes on serving."""
    stop: Took = Took(p50=0.07, p90=0.1)
    """It stops in good order. Then all promise."""
    promise: Took = Took(p50=0.078, p90=0.12)
    elect: Took = Took(p50=0.002, p90=0.0026)
    promote: Took = Took(p50=0.07, p90=0.12)
    late: float = 1 / 3
    """How often a promotion waits for one `wal_retrieve_retry_interval` (one of three runs in
    which that was long enough to be seen)."""
    mark: Took = Took(p50=0.095, p90=0.14)
    serve: Took = Took(p50=0.0017, p90=0.0021)
    route: Took = Took(p50=0.0002, p90=0.0003)
    acknowledge: Took = Took(p50=0.04, p90=0.07)
    """From the first question that can be answered to its answer: a new connection, one write."""
    every: float = 0.025
    """How often a client asks."""
    frees: float = 0.72
    spares: float = 0.85
    crowd: float = 5.0
    """By how much work goes slower where one host led every store of a whole shop: all elect at
    once, on cores that the shop uses. Three cuts."""
    patience: float = 1.0
    """How long a client waits for a connection to a database."""
    asks: float = 0.5
    """How long a client of Redis, who asks its members themselves, waits for an answer."""
    service: Took = Took(p50=0.015, p90=0.04)
    """What a service adds to its datastore's outage, asked over HTTPS."""
    announce: Took = Took(p50=0.02, p90=0.06)
    """A virtual address on its new host, until neighbours and clients have found it."""
    evict: Took = Took(p50=0.02, p90=0.04)
    """Galera's members install a component without one that the steward has given up; five
    cuts."""
    agree: Took = Took(p50=0.03, p90=0.06)
    """An epoch, or a round of a shard: told, and on every disk."""
    open: Took = Took(p50=0.015, p90=0.045)
    """A writer takes writes and is routed; three cuts."""
    lift: Took = Took(p50=0.011, p90=0.035)
    """A shard's new primary takes writes; five shards."""
    quit: Took = Took(p50=0.05, p90=0.1)
    """A writer that is handed over closes: commits under way end."""
