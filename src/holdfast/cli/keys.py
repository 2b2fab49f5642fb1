"""holdfast keys: the keys that tokens are signed with, and how one takes over from another."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdfast.cli.entry import planned, state_folder
from holdfast.cli.options import json_option, spec_option
from holdfast.cli.voice import console
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.pki.tokens import TokenKey
    from holdfast.plan.model import Plan

_MEANING = {
    "signing": "signs new tokens",
    "next": "accepted, signs after the next rotation",
    "spare": "for later",
    "previous": "accepted until its last token is over",
    "retired": "not accepted any more",
}


@click.group("keys")
def command() -> None:
    """Show and change the keys that tokens are signed with."""


@command.command()
@spec_option
@json_option
def show(spec: Path, as_json: bool) -> None:
    """Which key signs, and which ones the gateways accept."""
    keys = _keys(spec, _plan(spec))
    if as_json:
        rows = [
            {"kid": k.kid, "part": k.part, "accepted": k.accepted, "since": k.since.isoformat()}
            for k in keys
        ]
        click.echo(json.dumps(rows))
        return
    _table(keys)


@command.command()
@spec_option
def rotate(spec: Path) -> None:
    """Sign with the next key, and accept the one before until its last token is over.

    No request fails for it: the next key is accepted everywhere already, gateways go on running,
    and the signer's instances are restarted host by host. `keys retire` completes it.
    """
    from holdfast.pki.tokens import rotated

    plan = _plan(spec)
    keys = rotated(_keys(spec, plan), datetime.now(UTC))
    _take_over(spec, plan, keys)
    _say(f"{_kid(keys)} signs; `holdfast keys retire` in {plan.timers.gateway.token_s // 60} min")


@command.command()
@spec_option
@click.option("--now", is_flag=True, help="Though tokens signed with it are still valid.")
def retire(spec: Path, now: bool) -> int:
    """Accept no more what an earlier key has signed, once all its tokens are over.

    After a key was stolen: `keys rotate`, then `keys retire --now`. Whoever holds a token of the
    stolen key, rightly or not, has to sign in again.
    """
    from holdfast.pki.tokens import retired

    plan = _plan(spec)
    life = timedelta() if now else timedelta(seconds=plan.timers.gateway.token_s)
    before = _keys(spec, plan)
    keys, left = retired(before, datetime.now(UTC), life)
    if keys != before:
        _take_over(spec, plan, keys)
    elif not left:
        _say("no earlier key is accepted")
    if left:
        _say(f"tokens of an earlier key are valid for {left.total_seconds() / 60:.0f} min; wait")
    return 1 if left else 0


def _plan(spec: Path) -> Plan:
    plan = planned(spec)
    if plan.jwt is None:
        raise InputError(
            f"{plan.system} has no tokens", "add to gateway: 'jwt: {signer: <the service>}'"
        )
    return plan


def _keys(spec: Path, plan: Plan) -> tuple[TokenKey, ...]:
    from holdfast.pki.store import open_store

    return open_store(state_folder(spec, plan.system), plan).tokens


def _take_over(spec: Path, plan: Plan, keys: tuple[TokenKey, ...]) -> None:
    """Kept first: what is cut short here, the next `up` completes."""
    from holdfast.cli.up import deploy
    from holdfast.pki.store import save_tokens

    save_tokens(state_folder(spec, plan.system), keys)
    deploy(spec, plan, dry_run=False, show_diffs=False)


def _kid(keys: tuple[TokenKey, ...]) -> str:
    return next(key.kid for key in keys if key.part == "signing")


def _table(keys: tuple[TokenKey, ...]) -> None:
    from rich.table import Table

    table = Table("key", "part", "since", "", box=None)
    for key in keys:
        table.add_row(key.kid, key.part, f"{key.since:%Y-%m-%d %H:%M} UTC", _MEANING[key.part])
    console().print(table)


def _say(text: str) -> None:
    click.echo(text, err=True)
