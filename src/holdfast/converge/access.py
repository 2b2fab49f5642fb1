"""How a measurement reaches a cluster: whose API server, through what, and as whom."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from holdfast.cluster.identities import ADMIN
from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.places import API_PORT, CLUSTER_CA
from holdfast.errors import InputError


@dataclass(frozen=True)
class Entrance:
    """One way to the API: `name` is a node, or what balances outside."""

    name: str
    address: str
    port: int

    @property
    def url(self) -> str:
        return f"https://{self.address}:{self.port}"


def entrances(plan: ClusterPlan, victim: str) -> tuple[Entrance, ...]:
    """Where clients enter: the pair's address, or every node but the one that is lost."""
    port = plan.endpoint.port
    if plan.endpoint.design == "outside":
        return (Entrance("the pair", str(plan.endpoint.address), port),)
    return tuple(
        Entrance(node.name, str(node.address), port) for node in plan.nodes if node.name != victim
    )


def servers(plan: ClusterPlan) -> tuple[Entrance, ...]:
    """Every API server itself, past any balancer."""
    return tuple(Entrance(node.name, str(node.address), API_PORT) for node in plan.nodes)


@dataclass(frozen=True)
class Keys:
    """The administrator's, as `cluster/store` keeps them below a system's state."""

    folder: Path

    @classmethod
    def of(cls, state: Path) -> Keys:
        """Raises InputError before the cluster was first deployed."""
        keys = cls(state / "cluster")
        if not keys.cert.exists():
            raise InputError(
                f"there are no keys of a cluster in {keys.folder}",
                hint="deploy it first: holdfast lab up --cluster",
            )
        return keys

    @property
    def cert(self) -> Path:
        return self.folder / f"{ADMIN}.crt"

    @property
    def key(self) -> Path:
        return self.folder / f"{ADMIN}.key"

    @property
    def ca(self) -> Path:
        return self.folder / f"{CLUSTER_CA}-ca.crt"

    def tls(self) -> ssl.SSLContext:
        """A client that the API server knows as the administrator."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.load_cert_chain(self.cert, self.key)
        return context
