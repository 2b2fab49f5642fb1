"""Where a cluster's secrets live on the operator's side: made once, kept, renewed in time.

<state>/cluster/<authority>-ca.crt, .key     three authorities
<state>/cluster/<identity>.crt, .key         one pair per identity
<state>/cluster/tokens.key                   signs service accounts' tokens
<state>/cluster/encryption.key               encrypts Secrets at rest
<state>/cluster/ring.key                     the node agents' membership
"""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from holdfast.cluster.credentials import AUTHORITIES, ClusterCredentials
from holdfast.cluster.identities import identities
from holdfast.cluster.model import ClusterPlan
from holdfast.errors import EnvironmentFailure
from holdfast.pki.credentials import Pair
from holdfast.pki.store import bmcs, kept_authority, kept_pair, kept_ring_key, write_private

_KEY_BYTES = 32
"""secretbox: XSalsa20-Poly1305."""


def open_store(state: Path, plan: ClusterPlan, now: datetime | None = None) -> ClusterCredentials:
    """Load the cluster's credentials, making what is missing, stale or misnamed.

    Raises EnvironmentFailure when the folder cannot be read or written, or holds what is not ours.
    """
    moment = now or datetime.now(UTC)
    folder = state / "cluster"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authorities = {
            name: kept_authority(folder / f"{name}-ca", f"{plan.system} {name}", moment)
            for name in AUTHORITIES
        }
        pairs = {
            key: kept_pair(folder / key, identity, authorities[authority], moment)
            for key, (authority, identity) in identities(plan).items()
        }
        return ClusterCredentials(
            {name: authority.pair.cert for name, authority in authorities.items()},
            pairs,
            _tokens(folder),
            _encryption_key(folder / "encryption.key"),
            kept_ring_key(folder / "ring.key") if plan.node_agent else "",
            bmcs(plan.bmcs),
        )
    except (OSError, ValueError) as error:
        raise EnvironmentFailure(
            f"the credentials in {folder} cannot be used: {error}",
            "restore the folder from a backup: without encryption.key the Secrets that etcd "
            "holds cannot be read",
        ) from error


def _tokens(folder: Path) -> Pair:
    path = folder / "tokens.key"
    if not path.exists():
        private = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(path, private.decode())
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Pair(public.decode(), path.read_text())


def _encryption_key(path: Path) -> str:
    if not path.exists():
        write_private(path, base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode())
    return path.read_text()
