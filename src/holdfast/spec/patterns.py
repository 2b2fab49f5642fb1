"""How single words of the spec may be spelt. What they allow ends up in configuration files and
command lines on the hosts, so nothing that could mean more than itself is let in."""

from __future__ import annotations

NAME = r"^[a-z][a-z0-9-]{0,19}$"
RATE = r"^[1-9][0-9]{0,6}/[sm]$"
URL_PATH = r"^/[A-Za-z0-9._~/-]*$"
TEXT = r"^[^\x00-\x1f\x7f]+$"
FOLDER = r"^[A-Za-z0-9._][A-Za-z0-9._/ -]*$"
INTERFACE = r"^[A-Za-z][A-Za-z0-9_.-]{0,14}$"
USER = r"^[a-z_][a-z0-9_-]{0,31}$"
PACKAGE = r"^[a-z0-9][a-z0-9+.-]+$"
DNS_NAME = r"^(\*\.)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$"
HTTPS_URL = r"^https://[A-Za-z0-9._~:/\[\]@-]+$"
STEP_PATH = r"^/[A-Za-z0-9._~/{}?=&%+-]*$"
HEADER = r"^[A-Za-z][A-Za-z0-9-]{0,39}$"
IDENTIFIER = r"^[a-z_][a-z0-9_]{0,31}$"
FIELD_PATH = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"

MEANING = {
    NAME: (
        "a name",
        "begin with a lower-case letter, go on with at most 19 lower-case letters, digits or '-'",
    ),
    URL_PATH: ("a path", "begin with '/', go on with letters, digits, '.', '_', '~', '-' or '/'"),
    RATE: ("a rate", "write how often per second or minute, such as 200/s or 30/m"),
    STEP_PATH: ("a path", "write it as /api/orders/{order}?full=1"),
    HEADER: ("a header's name", "write it as Idempotency-Key"),
    IDENTIFIER: ("a name", "write lower-case letters, digits and '_', such as order_id"),
    FIELD_PATH: ("a field of an answer", "write names with '.' between them, such as order.id"),
    TEXT: ("one line of text", "write one line, without tabs or control characters"),
    FOLDER: (
        "a folder below the spec's",
        "write a relative path of letters, digits, '.', '_', '-', ' ' and '/'",
    ),
    INTERFACE: ("the name of a network interface", "write it as `ip link` shows it, such as eth0"),
    USER: ("a user's name", "write a login name such as root"),
    PACKAGE: ("a Debian package", "write its name as apt knows it, such as python3-psycopg"),
    DNS_NAME: ("a DNS name", "write it in lower case, such as shop.example.org"),
    HTTPS_URL: (
        "an https URL",
        "write it in full, such as https://10.0.0.9/redfish/v1/Systems/1, without a password",
    ),
}
"""Pattern -> (what it stands for, what to write)."""
