"""Run on a host: the same request in turns, directly to the instances, through the local gateway,
and through it as a write, over connections that are kept. Prints how long each took, in seconds.

Arguments: how often, the gateway's address, and the instances' addresses, all with ports.
"""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import time

PKI = "/etc/holdfast/pki"
NAME = "echo.services.holdfast.internal"


def main() -> None:
    count, gateway, *instances = sys.argv[1:]
    direct = [opened(address, certificate=True) for address in instances]
    through = opened(gateway, certificate=False)
    for connection in (*direct, through):
        asked(connection)
    took: dict[str, list[float]] = {"direct": [], "through": [], "written": []}
    for turn in range(int(count)):
        took["direct"].append(asked(direct[turn % len(direct)]))
        took["through"].append(asked(through))
        took["written"].append(asked(through, "POST"))
    json.dump(took, sys.stdout)


def opened(address: str, *, certificate: bool) -> http.client.HTTPSConnection:
    """The names are not the question here; the chain is verified."""
    trusted = ssl.create_default_context(cafile=f"{PKI}/ca.crt")
    trusted.check_hostname = False
    if certificate:
        trusted.load_cert_chain(f"{PKI}/host.crt", f"{PKI}/host.key")
    return http.client.HTTPSConnection(address, timeout=10, context=trusted)


def asked(connection: http.client.HTTPSConnection, method: str = "GET") -> float:
    begun = time.monotonic()
    connection.request(method, "/api/share", headers={"Host": NAME})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
