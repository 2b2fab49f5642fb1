"""A gateway as its users, and those who are none, see it: requests, bytes, and tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PATIENCE_S = 15.0


@dataclass(frozen=True)
class Answer:
    """`headers` by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Gateway:
    """By one of its addresses; HTTP/1.1."""

    address: str
    trusted: ssl.SSLContext

    @classmethod
    def at(cls, address: str, ca: Path) -> Gateway:
        return cls(address, ssl.create_default_context(cafile=ca))

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self.address, timeout=PATIENCE_S, context=self.trusted)

    def ask(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        connection = self.connect()
        try:
            return ask(connection, path, method, headers, body)
        finally:
            connection.close()

    def open(self) -> ssl.SSLSocket:
        bare = socket.create_connection((self.address, 443), PATIENCE_S)
        return self.trusted.wrap_socket(bare, server_hostname=self.address)

    def exchange(self, sent: bytes, quiet_s: float = 1.0) -> bytes:
        """Everything that comes back until it is closed, or nothing came for a while."""
        heard = b""
        with self.open() as inside:
            inside.sendall(sent)
            inside.settimeout(quiet_s)
            try:
                while more := inside.recv(1 << 16):
                    heard += more
            except OSError:
                pass
        return heard


def ask(
    connection: http.client.HTTPSConnection,
    path: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    connection.request(method, path, body, dict(headers or {}))
    answer = connection.getresponse()
    headers_ = {name.lower(): value for name, value in answer.getheaders()}
    return Answer(answer.status, headers_, answer.read())


def claims(**other: Any) -> dict[str, Any]:
    """What the gateway wants to see; `None` leaves one out."""
    told = {"iss": "shop", "aud": "shop", "sub": "someone", "exp": int(time.time()) + 600, **other}
    return {name: value for name, value in told.items() if value is not None}


def unsigned(header: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
    return ".".join(_encoded(json.dumps(part).encode()) for part in (header, payload))


def signed(key: str, header: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
    """`key`: private, PEM."""
    text = unsigned({"alg": "RS256", "typ": "JWT", **header}, payload)
    loaded = serialization.load_pem_private_key(key.encode(), password=None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return f"{text}.{_encoded(loaded.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def sealed(secret: str, header: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
    """With HS256, which needs no private key."""
    text = unsigned({"alg": "HS256", "typ": "JWT", **header}, payload)
    return f"{text}.{_encoded(hmac.digest(secret.encode(), text.encode(), hashlib.sha256))}"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
