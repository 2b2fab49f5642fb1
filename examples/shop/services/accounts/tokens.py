"""The two tokens of someone signed in.

The access token is a JWT (RFC 7519) signed with RS256, short-lived, which every gateway verifies
by itself. The refresh token is 256 random bits that only this service knows, by its hash: with it
the page asks for the next access token, until it is taken away.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt

ACCESS_S = 600
REFRESH_S = 30 * 86_400


class Signer:
    """Signs with the first of the keys it is given; the gateways know the public halves."""

    def __init__(self, jwk: Mapping[str, Any], issuer: str, audience: str) -> None:
        self._key = jwt.PyJWK(dict(jwk), algorithm="RS256").key
        self._kid = jwk["kid"]
        self._names = {"iss": issuer, "aud": audience}

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> Signer | None:
        """None where the spec asks for no tokens (`gateway.jwt`)."""
        if "HOLDFAST_JWT_KEYS" not in environ:
            return None
        keys = json.loads(Path(environ["HOLDFAST_JWT_KEYS"]).read_text())["keys"]
        return cls(keys[0], environ["HOLDFAST_JWT_ISSUER"], environ["HOLDFAST_JWT_AUDIENCE"])

    def sign(self, subject: str) -> str:
        now = int(time.time())
        claims = {**self._names, "sub": subject, "iat": now, "exp": now + ACCESS_S}
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._kid})


def refresh_token() -> str:
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> bytes:
    """As it is stored. Random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).digest()
