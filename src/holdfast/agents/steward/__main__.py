"""`python3 -m steward <verb>`: run the steward on this host, ask the one that runs, or
do one piece of its work."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import control, main
from .commands import FailedError
from .condition import condition
from .config import DEFAULT, Config, load
from .engines import engine
from .haproxy import Admin, NotRunningError, RefusedError
from .refresh import refresh

FAILED = 1
NOT_PRIMARY = 4
"""`schema` on a host whose member is not the serving primary: try the next host."""


def _run(config: Config, _: argparse.Namespace) -> int:
    return main.run(config)


def _status(config: Config, _: argparse.Namespace) -> int:
    return _tell(control.request(config.socket, {"verb": "status"}))


def _condition(_: Config, __: argparse.Namespace) -> int:
    """Also while no steward runs."""
    return _tell(condition())


def _switchover(config: Config, given: argparse.Namespace) -> int:
    question = {"verb": "switchover", "datastore": given.datastore, "to": given.to}
    answer = control.request(config.socket, question)
    _tell(answer)
    return 0 if answer["ok"] else FAILED


def _bootstrap(config: Config, given: argparse.Namespace) -> int:
    question = {"verb": "bootstrap", "datastore": given.datastore, "host": given.host}
    answer = control.request(config.socket, question)
    _tell(answer)
    return 0 if answer["ok"] else FAILED


def _standby(config: Config, given: argparse.Namespace) -> int:
    answer = control.request(config.socket, {"verb": "standby", "on": given.state == "on"})
    _tell(answer)
    return 0 if answer["ok"] else FAILED


def _seed(config: Config, given: argparse.Namespace) -> int:
    raw = config.datastore(given.datastore)
    if make := engine(raw).seed:
        print(make(config, raw))
    return 0


def _unpack(config: Config, given: argparse.Namespace) -> int:
    raw = config.datastore(given.datastore)
    if begin := engine(raw).unpack:
        begin(config, raw, given.archive)
    return 0


def _schema(config: Config, given: argparse.Namespace) -> int:
    status = control.request(config.socket, {"verb": "status"})["datastores"][given.datastore]
    if status["role"] != "primary" or not status["serving"]:
        print(f"the primary is {status['primary']}", file=sys.stderr)
        return NOT_PRIMARY
    raw = config.datastore(given.datastore)
    if apply := engine(raw).schema:
        print("".join(f"{name}\n" for name in apply(config, raw, given.folder)), end="")
    return 0


def _refresh(config: Config, _: argparse.Namespace) -> int:
    """Nothing to do while haproxy is not running: it reads its files when it starts."""
    with suppress(NotRunningError):
        print("".join(f"{path}\n" for path in refresh(Admin(config.haproxy_socket))), end="")
    return 0


def _tell(answer: dict[str, Any]) -> int:
    print(json.dumps(answer))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="steward", description=__doc__)
    parser.add_argument("--config", type=Path, default=DEFAULT)
    verbs = parser.add_subparsers(required=True)
    with_datastore = (_switchover, _bootstrap, _seed, _unpack, _schema)
    for verb in (_run, _status, _condition, _refresh, _standby, *with_datastore):
        words = verbs.add_parser(verb.__name__[1:])
        words.set_defaults(verb=verb)
        if verb is _standby:
            words.add_argument("state", choices=("on", "off"))
        if verb in with_datastore:
            words.add_argument("datastore")
        if verb is _switchover:
            words.add_argument("to", nargs="?")
        if verb is _bootstrap:
            words.add_argument("host")
        if verb is _unpack:
            words.add_argument("archive", type=Path)
        if verb is _schema:
            words.add_argument("folder", type=Path)
    return parser


def entry(argv: Sequence[str]) -> int:
    given = _parser().parse_args(argv)
    try:
        code: int = given.verb(load(given.config), given)
    except (FailedError, RefusedError, OSError, ValueError, KeyError) as error:
        print(f"steward: {error}", file=sys.stderr)
        return FAILED
    return code


if __name__ == "__main__":
    sys.exit(entry(sys.argv[1:]))
