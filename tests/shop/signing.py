"""A key to sign tokens with, as Holdfast hands it out, and what the tokens then say."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

PASSWORD = "correct horse"
SYSTEM = "shop"


def keyring() -> str:
    """A JWKS with one private key."""
    made = jwt.algorithms.RSAAlgorithm.to_jwk(_key(), as_dict=True)
    return json.dumps({"keys": [made | {"kid": "first", "alg": "RS256", "use": "sig"}]})


def claims(token: str) -> dict[str, Any]:
    """Verified as a gateway would. Raises jwt.InvalidTokenError."""
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "kid": "first", "typ": "JWT"}
    public = _key().public_key()
    told: dict[str, Any] = jwt.decode(token, public, ["RS256"], audience=SYSTEM, issuer=SYSTEM)
    return told


@cache
def _key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)
