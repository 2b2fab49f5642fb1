"""What the user asks for: the shape of holdfast.yaml.

Every class forbids unknown keys and is frozen.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Literal

from pydantic import Field

from holdfast.spec.cluster import Cluster
from holdfast.spec.journey import Journey
from holdfast.spec.timing import Timing, short
from holdfast.spec.values import (
    Bytes,
    DnsName,
    Folder,
    HttpsUrl,
    Interface,
    Model,
    Name,
    Named,
    Network,
    Package,
    Rate,
    Seconds,
    Share,
    Text,
    UrlPath,
    User,
)


class Redfish(Model):
    """A BMC and an account on it that may switch its host off and on."""

    url: HttpsUrl
    """https URL of the host's own ComputerSystem resource at its BMC."""
    user: Text
    """Account at the BMC; one that may switch this host's power and nothing else."""
    password_file: Text
    """File with its password, on the machine where Holdfast runs."""
    ca_file: Text | None = None
    """PEM file to believe the BMC's certificate by: its authority's, or a self-signed one itself.
    Without it, the authorities that Debian believes."""


class Fence(Model):
    """How a lost host is made certain to be off. Exactly one of the three."""

    redfish: Redfish | None = None
    """Its BMC, by Redfish."""
    lab: bool = False
    """A lab host: the lab is its power switch, and plays its BMC where a service is a singleton."""
    manual: Text | None = None
    """Nothing can switch it off but a person; write who, and why that is good enough."""

    def by_pacemaker(self, singletons: bool) -> bool:
        """Whether pacemaker switches the host off. Not in a lab where nothing needs it: hosts
        there are broken on purpose, and healed by whoever broke them."""
        return self.redfish is not None and (singletons or not self.lab)


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
    datastores: Named[Datastore] = Field(default={})
    """By name; each has a member on every host. Append new ones: ports follow the order."""
    services: Named[Service] = Field(default={})
    """By name."""
    journeys: Named[Journey] = Field(default={})
    """What users do, by name: drills ask for it all the time, `holdfast load` on demand."""
    objectives: Objectives = Objectives()
    """What users were promised; drills judge by it."""
    timers: Timing = Field(default=Timing(), json_schema_extra=short("stock", "balanced", "fast"))
    """A profile, `stock`, `balanced` or `fast`, or a mapping with one and what differs from it."""
    cluster: Cluster | None = None
    """A Kubernetes of its own on these hosts, instead of datastores and services."""
