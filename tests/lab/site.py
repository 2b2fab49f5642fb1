"""A shop deployed on a lab of its own, and what tests ask of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from holdfast.lab.place import VARIABLE, Lab

ROOT = Path(__file__).parents[2]
HOSTS = ("n1", "n2", "n3")
SQL = "mariadb --no-defaults --socket=/run/holdfast-mysql-orders/mysqld.sock --user=root -BNe"
"""To ask a host's own member of the MySQL datastore `orders`."""
Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Site:
    """The shop's spec in a folder of its own, and the lab that it is for."""

    lab: Lab
    spec: Path

    @property
    def pki(self) -> Path:
        return self.spec.parent / ".holdfast/shop/pki"

    def holdfast(self, *argv: str) -> Done:
        environment = {**os.environ, VARIABLE: self.lab.name}
        command = (sys.executable, "-m", "holdfast", *argv)
        return subprocess.run(
            command,
            cwd=self.spec.parent,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, *argv: str) -> Done:
        done = self.holdfast(*argv)
        assert done.returncode == 0, done.stderr + self._evidence(argv)
        return done

    def _evidence(self, argv: tuple[str, ...]) -> str:
        """What the stewards of hosts say that should have been made to serve."""
        if argv[0] != "up":
            return ""
        journal = "journalctl -u holdfast-steward -n 60 --no-pager -o short-precise || true"
        try:
            return "\n".join(f"{host}:\n{text}" for host, text in self.everywhere(journal).items())
        except AssertionError as error:
            return f"the hosts do not tell more: {error}"

    def on(self, host: str, command: str) -> str:
        options = (
            f"UserKnownHostsFile={self.lab.known_hosts}",
            "ConnectTimeout=5",
            "LogLevel=ERROR",
        )
        flags = [word for option in options for word in ("-o", option)]
        door = ["ssh", "-F", "none", "-i", str(self.lab.key), *flags]
        address = f"root@{self.lab.address(host)}"
        done = subprocess.run(
            [*door, address, command], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def everywhere(self, command: str) -> dict[str, str]:
        with ThreadPoolExecutor() as pool:
            said = pool.map(self.on, HOSTS, [command] * len(HOSTS))
            return dict(zip(HOSTS, said, strict=True))

    @contextmanager
    def changed(self, *path: str, to: Any) -> Iterator[None]:
        """The spec with another value at `path`, for a while."""
        before = self.spec.read_text()
        tree = yaml.safe_load(before)
        place = tree
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to
        self.spec.write_text(yaml.safe_dump(tree))
        try:
            yield
        finally:
            self.spec.write_text(before)

    def dsn(self, address: str) -> str:
        """libpq's, for the datastore's endpoint at a host's address."""
        return (
            f"host=accounts.holdfast.internal hostaddr={address} port=6432 dbname=accounts"
            f" user=holdfast_probe sslmode=verify-full sslrootcert={self.pki}/ca.crt"
            f" sslcert={self.pki}/holdfast_probe.crt sslkey={self.pki}/holdfast_probe.key"
        )

    def status(self) -> dict[str, Any]:
        """What each host's steward says of the datastore, by host; hosts that are silent lack."""
        told = json.loads(self.holdfast("status", "--json").stdout)["hosts"]
        heard = {host: each["steward"] for host, each in told.items() if each.get("steward")}
        return {host: each["datastores"]["accounts"] for host, each in heard.items()}

    def primary(self) -> str:
        """The one serving primary that all hosts which answer agree on."""
        named = {each["primary"] for each in self.status().values() if each["serving"]}
        assert len(named) == 1, named
        return str(named.pop())

    def others(self, host: str) -> list[str]:
        return [each for each in HOSTS if each != host]


@contextmanager
def shop_site(name: str, folder: Path, spec: str = "small.yaml") -> Iterator[Site]:
    """A copy of the shop in `folder`, as `spec` has it, and booted hosts, removed at the end."""
    example = ROOT / "examples/shop"
    shutil.copytree(
        example, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".holdfast", "runs")
    )
    shutil.copyfile(example / spec, folder / "holdfast.yaml")
    place = Site(Lab(f"{Lab.here().name}#{name}"), folder / "holdfast.yaml")
    place.must("lab", "down")
    place.must("lab", "up")
    try:
        yield place
    finally:
        place.must("lab", "down")
