"""Everything secret that rendering a cluster needs, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.cluster.identities import identities
from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.places import CLUSTER_CA, ETCD_CA, FRONT_PROXY_CA
from holdfast.pki.credentials import Bmc, Pair, blank_bmc

AUTHORITIES = (CLUSTER_CA, ETCD_CA, FRONT_PROXY_CA)


@dataclass(frozen=True)
class ClusterCredentials:
    """`authorities`: certificates by name, PEM. `tokens`: the key pair that signs service
    accounts' tokens, its `cert` a public key. `encryption_key`: 32 bytes, base64, with which the
    API server encrypts Secrets before etcd sees them. `ring_key` and `bmcs`, by host, are the node
    agents'."""

    authorities: Mapping[str, str]
    pairs: Mapping[str, Pair] = field(repr=False)
    tokens: Pair = field(repr=False)
    encryption_key: str = field(repr=False)
    ring_key: str = field(default="", repr=False)
    bmcs: Mapping[str, Bmc] = field(repr=False, default_factory=dict)


def placeholder(plan: ClusterPlan) -> ClusterCredentials:
    """Credentials that are none: for looking at a rendered cluster without having its keys."""
    return ClusterCredentials(
        authorities={name: _blank(f"certificate of the {name} authority") for name in AUTHORITIES},
        pairs={
            key: Pair(_blank(f"certificate of {key}"), _blank(f"private key of {key}"))
            for key in identities(plan)
        },
        tokens=Pair(_blank("public key of tokens"), _blank("private key of tokens")),
        encryption_key=_blank("key of Secrets").strip(),
        ring_key=_blank("key of the ring"),
        bmcs={host.name: blank_bmc(host.name) for host in plan.bmcs},
    )


def _blank(what: str) -> str:
    return f"(left out: {what})\n"
