"""kubeconfig files: whom to trust, where, and as whom."""

from __future__ import annotations

import base64

from holdfast.cluster.credentials import ClusterCredentials
from holdfast.cluster.places import CLUSTER_CA
from holdfast.formats.documents import documents


def by_path(url: str, ca: str, cert: str, key: str) -> str:
    """With certificate and key in files of their own, so that they can be renewed."""
    return _document(
        url, {"certificate-authority": ca}, {"client-certificate": cert, "client-key": key}
    )


def embedded(url: str, credentials: ClusterCredentials, identity: str) -> str:
    """With everything in one file, for a person to take along."""
    pair = credentials.pairs[identity]
    return _document(
        url,
        {"certificate-authority-data": _data(credentials.authorities[CLUSTER_CA])},
        {"client-certificate-data": _data(pair.cert), "client-key-data": _data(pair.key)},
    )


def _document(url: str, trust: dict[str, str], user: dict[str, str]) -> str:
    return documents(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "cluster", "cluster": {"server": url, **trust}}],
            "users": [{"name": "self", "user": user}],
            "contexts": [{"name": "self", "context": {"cluster": "cluster", "user": "self"}}],
            "current-context": "self",
        }
    )


def _data(pem: str) -> str:
    return base64.b64encode(pem.encode()).decode()
