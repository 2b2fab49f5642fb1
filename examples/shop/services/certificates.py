"""How a service shows datastores who it is, and which of them it believes."""

from __future__ import annotations

import ssl
from collections.abc import Mapping


def for_clients(environ: Mapping[str, str]) -> ssl.SSLContext | None:
    """One context for all connections a service makes; None where there is no TLS: an account that
    needs a certificate is refused then, and so a member without TLS is told nothing in the open.
    It trusts the system's own authority alone. redis-py makes one for each connection, with all
    the authorities that its host knows: 38 ms of work each, where it was measured."""
    if "HOLDFAST_TLS_CERT" not in environ:
        return None
    context = ssl.create_default_context(cafile=environ["HOLDFAST_TLS_CA"])
    context.load_cert_chain(environ["HOLDFAST_TLS_CERT"], environ["HOLDFAST_TLS_KEY"])
    return context
