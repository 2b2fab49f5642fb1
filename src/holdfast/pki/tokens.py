"""Keys that tokens (JWT, RS256) are signed with, and how one takes over from another.

Every key goes one way: spare -> next -> signing -> previous -> retired. The gateways verify with
all of them loaded, and accept those that are next, signing or previous. The next one is accepted
before anybody signs with it, so that a rotation needs no moment at which all hosts change at once;
the previous ones until the last token that they have signed is over.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

Part = Literal["signing", "next", "spare", "previous", "retired"]

PARTS: tuple[Part, ...] = ("signing", "next", "spare", "spare")
"""The keys that are made at the beginning: for three rotations. Only new ones cost the gateways a
restart, since haproxy 3.0 loads the keys that it verifies with when it starts."""

_BITS = 2048
"""NIST SP 800-57 holds it to be good enough until 2030; larger ones cost every request more."""
_EXPONENT = 65537
_KID_LENGTH = 16


@dataclass(frozen=True)
class TokenKey:
    """`since` is when it got its part. `public` and `private` are PEM."""

    kid: str
    part: Part
    since: datetime
    public: str
    private: str = field(repr=False)

    @property
    def accepted(self) -> bool:
        return self.part in ("next", "signing", "previous")

    @property
    def jwk(self) -> dict[str, str]:
        """The private key as a JSON Web Key (RFC 7518, section 6.3)."""
        key = serialization.load_pem_private_key(self.private.encode(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        numbers, public = key.private_numbers(), key.public_key().public_numbers()
        parts = {
            "n": public.n,
            "e": public.e,
            "d": numbers.d,
            "p": numbers.p,
            "q": numbers.q,
            "dp": numbers.dmp1,
            "dq": numbers.dmq1,
            "qi": numbers.iqmp,
        }
        named = {"kty": "RSA", "kid": self.kid, "alg": "RS256", "use": "sig"}
        return {**named, **{name: _number(value) for name, value in parts.items()}}


def keyring(keys: Sequence[TokenKey]) -> str:
    """What the signer gets: a JWKS with the one key that signs, private part and all."""
    signing = [key.jwk for key in keys if key.part == "signing"]
    return json.dumps({"keys": signing}, indent=1) + "\n"


def filled(keys: Sequence[TokenKey], now: datetime) -> tuple[TokenKey, ...]:
    """The same keys while there is one to go on with; then without the retired ones, and with new
    ones in their place."""
    if any(key.part == "next" for key in keys):
        return tuple(keys)
    kept = [key for key in keys if key.part != "retired"]
    begun = any(key.part == "signing" for key in kept)
    wanted = PARTS[1:] if begun else PARTS
    return (*kept, *(create(part, now) for part in wanted))


def rotated(keys: Sequence[TokenKey], now: datetime) -> tuple[TokenKey, ...]:
    """The next key signs from now on, the one that did is accepted for a while."""
    spare = next((key.kid for key in keys if key.part == "spare"), None)
    steps: dict[Part, Part] = {"signing": "previous", "next": "signing"}

    def step(key: TokenKey) -> TokenKey:
        part = "next" if key.kid == spare else steps.get(key.part)
        return replace(key, part=part, since=now) if part else key

    return tuple(step(key) for key in keys)


def retired(
    keys: Sequence[TokenKey], now: datetime, life: timedelta
) -> tuple[tuple[TokenKey, ...], timedelta]:
    """Without the previous keys of whose tokens none is left after `life`; and how long until the
    others can go."""
    waits = [key.since + life - now for key in keys if key.part == "previous"]
    left = max([wait for wait in waits if wait > timedelta()], default=timedelta())
    return (
        tuple(
            replace(key, part="retired", since=now)
            if key.part == "previous" and key.since + life <= now
            else key
            for key in keys
        ),
        left,
    )


def create(part: Part, now: datetime) -> TokenKey:
    key = rsa.generate_private_key(_EXPONENT, _BITS)
    der = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    pem = serialization.Encoding.PEM
    return TokenKey(
        kid=hashlib.sha256(key.public_key().public_bytes(*der)).hexdigest()[:_KID_LENGTH],
        part=part,
        since=now,
        public=key.public_key()
        .public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode(),
        private=key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
    )


def written(keys: Sequence[TokenKey]) -> str:
    rows = [{**asdict(key), "since": key.since.isoformat()} for key in keys]
    return json.dumps(rows, indent=1) + "\n"


def read(text: str) -> tuple[TokenKey, ...]:
    """Raises ValueError on what `written` has not written."""
    try:
        return tuple(_key(row) for row in json.loads(text))
    except (TypeError, KeyError) as error:
        raise ValueError(f"no list of token keys: {error!r}") from error


def _key(row: dict[str, Any]) -> TokenKey:
    if row["part"] not in get_args(Part):
        raise ValueError(f"no part that a key can play: {row['part']}")
    return TokenKey(**{**row, "since": datetime.fromisoformat(row["since"])})


def _number(value: int) -> str:
    """Base64urlUInt (RFC 7518, section 2)."""
    octets = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
