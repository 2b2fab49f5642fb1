"""Everything secret that rendering needs, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.pki.identities import EDGE, PROBE, host_key, identities, service_key
from holdfast.plan.model import Plan


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, PEM."""

    cert: str
    key: str = field(repr=False)

    @property
    def pem(self) -> str:
        """Both in one file, as haproxy wants them."""
        return self.cert + self.key


@dataclass(frozen=True)
class Credentials:
    """`ca` is the authority's certificate, PEM. `ring_key` is the membership's shared key, text."""

    ca: str
    pairs: Mapping[str, Pair] = field(repr=False)
    ring_key: str = field(repr=False)

    @property
    def edge(self) -> Pair:
        return self.pairs[EDGE]

    @property
    def probe(self) -> Pair:
        return self.pairs[PROBE]

    def host(self, name: str) -> Pair:
        return self.pairs[host_key(name)]

    def service(self, name: str) -> Pair:
        return self.pairs[service_key(name)]


def placeholder(plan: Plan) -> Credentials:
    """Credentials that are none: for looking at a rendered system without having its keys."""
    return Credentials(
        ca=_blank("certificate of the authority"),
        pairs={
            key: Pair(_blank(f"certificate of {key}"), _blank(f"private key of {key}"))
            for key in identities(plan)
        },
        ring_key=_blank("shared key of the membership"),
    )


def _blank(what: str) -> str:
    return f"(left out: {what})\n"
