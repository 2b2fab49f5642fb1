"""What the user asks for: the shape of holdfast.yaml.

Every class forbids unknown keys and is frozen. Durations are written `300ms`, `1s` or `2m` and
are held in seconds; sizes are written `512MiB` and are held in bytes; shares are written `1%` and
are held as fractions of 1.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from holdfast.spec import patterns

Name = Annotated[str, StringConstraints(pattern=patterns.NAME)]
UrlPath = Annotated[str, StringConstraints(pattern=patterns.URL_PATH)]
Rate = Annotated[str, StringConstraints(pattern=patterns.RATE)]
Text = Annotated[str, StringConstraints(pattern=patterns.TEXT)]
Folder = Annotated[str, StringConstraints(pattern=patterns.FOLDER)]
Interface = Annotated[str, StringConstraints(pattern=patterns.INTERFACE)]
User = Annotated[str, StringConstraints(pattern=patterns.USER)]
Package = Annotated[str, StringConstraints(pattern=patterns.PACKAGE)]
DnsName = Annotated[str, StringConstraints(pattern=patterns.DNS_NAME)]
HttpsUrl = Annotated[str, StringConstraints(pattern=patterns.HTTPS_URL)]

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_BYTES = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_DURATION = r"^(\d+(?:\.\d+)?) ?(ms|s|m)$"
_SHARE = r"^(\d+(?:\.\d+)?) ?%$"
_SIZE = r"^(\d+) ?(KiB|MiB|GiB)$"


def _seconds(value: Any) -> Any:
    if isinstance(value, str) and (match := re.fullmatch(_DURATION, value)):
        return float(match[1]) * _SECONDS[match[2]]
    if isinstance(value, float | int) and not isinstance(value, bool):
        return value
    raise ValueError("not a duration: write a number with its unit, such as 300ms, 1s or 2m")


def _fraction(value: Any) -> Any:
    if isinstance(value, str) and (match := re.fullmatch(_SHARE, value)):
        return float(match[1]) / 100
    if isinstance(value, float | int) and not isinstance(value, bool):
        return value
    raise ValueError("not a share: write a number with a percent sign, such as 1% or 0.5%")


def _bytes(value: Any) -> Any:
    if isinstance(value, str) and (match := re.fullmatch(_SIZE, value)):
        return int(match[1]) * _BYTES[match[2]]
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("not a size: write a number with its unit, such as 512MiB or 2GiB")


def _written(pattern: str, *examples: str) -> WithJsonSchema:
    """A number with its unit, or without one in files that programs write."""
    text = {"type": "string", "pattern": pattern}
    number = {"type": "number", "exclusiveMinimum": 0}
    return WithJsonSchema({"anyOf": [text, number], "examples": list(examples)})


def _network(value: str) -> str:
    try:
        IPv4Network(value)
    except ValueError:
        raise ValueError("not an address or network: write 10.0.0.7 or 10.0.0.0/24") from None
    return value


Network = Annotated[str, AfterValidator(_network)]
Seconds = Annotated[
    float,
    BeforeValidator(_seconds),
    Field(gt=0, allow_inf_nan=False),
    _written(_DURATION, "300ms", "1s"),
]
Share = Annotated[
    float,
    BeforeValidator(_fraction),
    Field(gt=0, le=1, allow_inf_nan=False),
    _written(_SHARE, "1%", "0.5%"),
]
Bytes = Annotated[int, BeforeValidator(_bytes), Field(gt=0), _written(_SIZE, "64MiB", "2GiB")]


class Model(BaseModel):
    """Frozen, and strict about what it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, serialize_by_alias=True
    )


T = TypeVar("T")
Named = Annotated[dict[Name, T], Field(json_schema_extra={"additionalProperties": False})]


class Fence(Model):
    """How a lost host is made certain to be off. Exactly one of the three."""

    redfish: HttpsUrl | None = None
    """https URL of the host's own ComputerSystem resource at its BMC."""
    lab: bool = False
    """A lab host: the lab is its power switch."""
    manual: Text | None = None
    """Nothing can switch it off but a person; write who, and why that is good enough."""


class Ssh(Model):
    user: User = "root"
    """Who to log in as."""
    port: int = Field(default=22, ge=1, le=65535)
    """Where sshd listens."""
    key: Text | None = None
    """Private key file; without it, the agent's and the usual ones are tried."""
    known_hosts: Text | None = None
    """File of host keys to believe; without it, the usual ones."""


class Host(Model):
    name: Name
    """Of your own choice; also in certificates."""
    address: IPv4Address
    """Where the other hosts reach it."""
    interface: Interface = "eth0"
    """The network interface that carries `address` and, at times, virtual ones."""
    fence: Fence
    """How it is made certain to be off when it is lost."""
    ssh: Ssh = Ssh()
    """How Holdfast reaches it."""


class Tls(Model):
    names: tuple[DnsName, ...] = ()
    """DNS names in the edge certificate, besides the virtual addresses."""


class Edge(Model):
    addresses: tuple[IPv4Address, ...] = ()
    """One virtual address per host, all serving. The lab fills them in by itself."""
    tls: Tls = Tls()
    """The certificate that users see."""


class Route(Model):
    path: UrlPath
    """Prefix of the request path; the longest one wins."""
    service: Name
    """One of services."""
    auth: Literal["jwt"] | None = None
    """jwt: only requests with a valid token pass, and the service is told whose it is."""
    rate: Rate | None = None
    """How often one client may ask, all gateways together: 200/s or 30/m. A client is the
    token's subject, or without a token the address."""

    @property
    def key(self) -> str:
        """The path as the gateway knows the route by: without a slash at its end."""
        return self.path.rstrip("/") or "/"


class Jwt(Model):
    signer: Name
    """The service that gives out tokens; it alone gets the private key."""
    issuer: Text | None = None
    """What `iss` must say; the system's name unless you say otherwise."""
    audience: Text | None = None
    """What `aud` must say; the system's name unless you say otherwise."""


class Gateway(Model):
    routes: tuple[Route, ...] = ()
    """Which path leads to which service."""
    jwt: Jwt | None = None
    """Tokens (JWT, RS256) for routes with `auth: jwt`."""
    body: Bytes = 1 << 20
    """The largest request body that is let in."""
    log: Literal["failures", "all"] = "failures"
    """Which requests are logged: those that failed (400 and above), or every one."""


class Datastore(Model):
    engine: Literal["postgresql", "mysql", "redis"]
    """What kind of datastore. mysql is a MariaDB Galera cluster, redis a Redis Cluster."""
    schema_dir: Folder | None = Field(default=None, alias="schema")
    """Folder of numbered .sql files, relative to the spec; each is applied once, in order.
    They also say what the services' roles, named as the services, may do. Not for redis."""
    shards: int | None = Field(default=None, ge=3, le=16)
    """Parts that the keys are spread over, each with a member on every host; 3 unless you say
    otherwise. Only for redis."""
    memory: Bytes = 64 << 20
    """For its buffers, per host; of redis, for the data of all shards together."""


class Service(Model):
    run: Text
    """The command, split as a shell would split it, run in the service's folder.
    {address}, {port}, {instance} and {host} are filled in."""
    source: Folder | None = None
    """Folder shipped to every host that runs the service, relative to the spec."""
    packages: tuple[Package, ...] = ()
    """Debian packages that it needs."""
    port: int = Field(ge=1024, le=65000)
    """The first instance on a host listens here, the next one on port + 1, and so on."""
    instances: int = Field(default=2, ge=1, le=64)
    """In the whole system; spread over the hosts."""
    singleton: bool = False
    """Never two at once: installed on every host, run by pacemaker on one of them."""
    health: UrlPath = "/healthz"
    """GET on it answers 200 when the instance can serve."""
    needs: tuple[Name, ...] = ()
    """Datastores that it talks to."""
    memory: Bytes = 64 << 20
    """Upper limit per instance."""


class Outage(Model):
    edge: Seconds = 1.0
    """https through a virtual address, in seconds."""
    write: Seconds = 1.5
    """A write to a datastore through a host's gateway, in seconds."""


class Evenness(Model):
    stateless: Share = 0.01
    """Virtual addresses, gateways and instances of a service, in requests."""
    shards: Share = 0.05
    """A Redis Cluster's shards, in commands: keys are spread by their hash."""


class Objectives(Model):
    outage: Outage = Outage()
    """How long users may be without service when any one host or process is lost."""
    lost_writes: int = Field(default=0, ge=0)
    """Acknowledged writes that may be gone afterwards."""
    evenness: Evenness = Evenness()
    """How much more than the mean the busiest member of a layer may have to do."""
    memory_per_host: Bytes = 1 << 30
    """For everything that runs on a host."""


class System(Model):
    """One business system."""

    system: Name
    """Name of the whole; also of the folder that keeps its CA and secrets."""
    hosts: tuple[Host, ...] = ()
    """Without hosts the system is for the lab."""
    operators: tuple[Network, ...] = ()
    """Addresses or networks (CIDR) that may use SSH and the databases' endpoints: where Holdfast
    itself runs. Without any, SSH stays open to all, the databases to none. The lab adds itself."""
    edge: Edge = Edge()
    """Where users come in."""
    gateway: Gateway = Gateway()
    """Where their requests go."""
    datastores: Named[Datastore] = {}
    """By name; each has a member on every host. Append new ones: ports follow the order."""
    services: Named[Service] = {}
    """By name."""
    objectives: Objectives = Objectives()
    """What users were promised; drills judge by it."""
    timers: Literal["stock", "balanced", "fast"] = "fast"
    """fast: a quiet network of its own. balanced: busy hosts or links. stock: as the parts come."""
