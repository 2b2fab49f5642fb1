"""Everything secret that rendering needs, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from holdfast.pki.identities import (
    EDGE,
    PROBE,
    host_key,
    identities,
    password_key,
    passwords,
    service_key,
)
from holdfast.pki.tokens import PARTS, TokenKey
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
class Bmc:
    """`ca`: whom to believe that it is the BMC, PEM; empty for the usual authorities."""

    password: str = field(repr=False)
    ca: str


@dataclass(frozen=True)
class Credentials:
    """`ca` is the authority's certificate, PEM. `ring_key` is the membership's shared key, text.
    `tokens`: the keys that tokens are signed with, and `keyring` what the signer gets of them.
    `passwords`: by key."""

    ca: str
    pairs: Mapping[str, Pair] = field(repr=False)
    ring_key: str = field(repr=False)
    tokens: tuple[TokenKey, ...] = ()
    keyring: str = field(default="", repr=False)
    passwords: Mapping[str, str] = field(repr=False, default_factory=dict)
    bmcs: Mapping[str, Bmc] = field(repr=False, default_factory=dict)

    @property
    def edge(self) -> Pair:
        return self.pairs[EDGE]

    @property
    def probe(self) -> Pair:
        return self.pairs[PROBE]

    def host(self, name: str) -> Pair:
        return self.pairs[host_key(name)]

    def bmc(self, host: str) -> Bmc:
        return self.bmcs[host]

    def service(self, name: str) -> Pair:
        return self.pairs[service_key(name)]

    def password(self, datastore: str, account: str) -> str:
        return self.passwords[password_key(datastore, account)]


def placeholder(plan: Plan) -> Credentials:
    """Credentials that are none: for looking at a rendered system without having its keys."""
    return Credentials(
        ca=_blank("certificate of the authority"),
        pairs={
            key: Pair(_blank(f"certificate of {key}"), _blank(f"private key of {key}"))
            for key in identities(plan)
        },
        ring_key=_blank("shared key of the membership"),
        tokens=_no_keys() if plan.jwt else (),
        passwords={key: f"(left out: password of {key})" for key in passwords(plan)},
        keyring=_blank("keys that tokens are signed with"),
        bmcs={h.name: blank_bmc(h.name) for h in plan.hosts if h.fence.redfish},
    )


def _no_keys() -> tuple[TokenKey, ...]:
    begun = datetime(2000, 1, 1, tzinfo=UTC)
    return tuple(
        TokenKey(f"key-{number}", part, begun, _blank(f"public key {number}"), "")
        for number, part in enumerate(PARTS, start=1)
    )


def blank_bmc(host: str) -> Bmc:
    """A BMC's place where there is none to ask."""
    return Bmc(_blank(f"password of {host}'s BMC"), _blank(f"authority of {host}'s BMC"))


def _blank(what: str) -> str:
    return f"(left out: {what})\n"
