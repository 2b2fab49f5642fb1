"""Where a system's secrets live on the operator's side: made once, kept, renewed in time.

    <state>/pki/ca.crt, ca.key            the authority
    <state>/pki/<identity>.crt, .key      one pair per identity
    <state>/pki/ring.key                  the membership's shared key
    <state>/pki/tokens.json               the keys that tokens are signed with (`tokens`)
    <state>/pki/<key>.password            one per account that has one

Folders are 0700 and private files 0600. What exists and still fits is kept byte for byte, so that
a second deployment finds nothing to change.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from holdfast.errors import EnvironmentFailure, InputError
from holdfast.pki.authority import Authority, expires, says, signed_by
from holdfast.pki.credentials import Bmc, Credentials, Pair, blank_bmc
from holdfast.pki.identities import Identity, identities, passwords
from holdfast.pki.tokens import TokenKey, filled, keyring, read, written
from holdfast.plan.model import Plan, PlannedHost

TOKENS = "tokens.json"
RENEW_BEFORE = timedelta(days=30)
_PASSWORD_BYTES = 24
_RING_KEY_BYTES = 128
"""corosync wants 1024 bits at least (corosync-keygen(8))."""


def open_store(state: Path, plan: Plan, now: datetime | None = None) -> Credentials:
    """Load the system's credentials, making what is missing, stale or misnamed.

    Raises EnvironmentFailure when the folder cannot be read or written, or holds what is not ours.
    """
    moment = now or datetime.now(UTC)
    folder = state / "pki"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = kept_authority(folder / "ca", plan.system, moment)
        pairs = {
            key: kept_pair(folder / key, identity, authority, moment)
            for key, identity in identities(plan).items()
        }
        tokens = _tokens(folder / TOKENS, moment) if plan.jwt else ()
        return Credentials(
            ca=authority.pair.cert,
            pairs=pairs,
            ring_key=kept_ring_key(folder / "ring.key"),
            tokens=tokens,
            keyring=keyring(tokens),
            bmcs=bmcs(plan.hosts),
            passwords={key: _password(folder / f"{key}.password") for key in passwords(plan)},
        )
    except (OSError, ValueError) as error:
        raise EnvironmentFailure(
            f"the credentials in {folder} cannot be used: {error}",
            "restore the folder from a backup; with a new one every host gets new certificates",
        ) from error


def kept_authority(stem: Path, system: str, now: datetime) -> Authority:
    """The authority at `stem`, made if it is not there."""
    found = _load(stem)
    if found is not None:
        return Authority.load(found)
    authority = Authority.create(system, now)
    _save(stem, authority.pair)
    return authority


def kept_pair(stem: Path, identity: Identity, authority: Authority, now: datetime) -> Pair:
    """The pair at `stem`, made anew if it is not there, does not fit or ends soon."""
    found = _load(stem)
    if found is not None and _fits(found, identity, authority, now):
        return found
    pair = authority.issue(identity, now)
    _save(stem, pair)
    return pair


def _fits(pair: Pair, identity: Identity, authority: Authority, now: datetime) -> bool:
    return (
        says(pair.cert, identity)
        and signed_by(pair.cert, authority)
        and expires(pair.cert) - now > RENEW_BEFORE
    )


def save_tokens(state: Path, keys: Sequence[TokenKey]) -> None:
    """Raises EnvironmentFailure when the folder cannot be written."""
    try:
        write_private(state / "pki" / TOKENS, written(keys))
    except OSError as error:
        raise EnvironmentFailure(f"the token keys cannot be kept: {error}") from error


def _tokens(path: Path, now: datetime) -> tuple[TokenKey, ...]:
    found = read(path.read_text()) if path.exists() else ()
    keys = filled(found, now)
    if keys != found:
        write_private(path, written(keys))
    return keys


def _password(path: Path) -> str:
    if not path.exists():
        write_private(path, secrets.token_urlsafe(_PASSWORD_BYTES))
    return path.read_text()


def kept_ring_key(path: Path) -> str:
    """The membership's shared key at `path`, made if it is not there."""
    if not path.exists():
        write_private(path, secrets.token_hex(_RING_KEY_BYTES))
    return path.read_text()


def bmcs(hosts: Sequence[PlannedHost]) -> dict[str, Bmc]:
    """What the spec only points at. A lab that was never booted has no BMCs yet, and cannot be
    deployed onto. Raises InputError."""
    found = {}
    for host in hosts:
        bmc = host.fence.redfish
        if bmc and host.fence.lab and not Path(bmc.password_file).exists():
            found[host.name] = blank_bmc(host.name)
        elif bmc:
            ca = _file(host.name, bmc.ca_file) if bmc.ca_file else ""
            found[host.name] = Bmc(_file(host.name, bmc.password_file), ca)
    return found


def _file(host: str, name: str) -> str:
    try:
        return Path(name).expanduser().read_text(encoding="utf-8").strip() + "\n"
    except OSError as error:
        raise InputError(
            f"the fence of {host} cannot be used: {name}: {error.strerror}",
            "put the password of its BMC's account there; the lab does so by itself: "
            "holdfast lab up",
        ) from error


def _load(stem: Path) -> Pair | None:
    """The pair at `stem`, or None while either half is missing."""
    cert, key = _paths(stem)
    if not (cert.exists() and key.exists()):
        return None
    return Pair(cert.read_text(), key.read_text())


def _save(stem: Path, pair: Pair) -> None:
    """Key first: a half-written pair is one without its certificate, and is made anew."""
    cert, key = _paths(stem)
    cert.unlink(missing_ok=True)
    write_private(key, pair.key)
    write_private(cert, pair.cert)


def _paths(stem: Path) -> tuple[Path, Path]:
    return stem.with_name(f"{stem.name}.crt"), stem.with_name(f"{stem.name}.key")


def write_private(path: Path, text: str) -> None:
    """Replace `path` as a whole; nobody else may read it."""
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
