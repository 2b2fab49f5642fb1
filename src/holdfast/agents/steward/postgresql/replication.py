"""A standby's life: draining behind the gate, telling where its log ends, following a primary."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass

import psycopg2

from ..commands import Cancel, FailedError, HopelessError, run
from ..processes import signal_process
from ..proxy import Proxy
from .history import format_lsn, parse_lsn, position
from .protocol import Position, TermMap
from .server import USER, Server
from .settings import Datastore

_POLL_S = 0.005
_STILL_S = 0.02
_DOUBT_S = 1.0
_HOPELESS_S = 20.0
_START_S = 20.0

_DRAINING = """
select (select pid from pg_stat_activity where backend_type = 'walreceiver' limit 1),
       pg_last_wal_receive_lsn()::text, coalesce(pg_last_wal_replay_lsn(), '0/0')::text,
       pg_get_wal_replay_pause_state()
"""
_STREAM = """
select (select received_tli from pg_stat_wal_receiver where status = 'streaming'),
       (select pid from pg_stat_activity where backend_type = 'startup' limit 1)
"""
_NEEDED = """
select coalesce(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')::text,
       (select setting::bigint from pg_settings where name = 'wal_segment_size')
"""
_KEPT = r"""
select min(substring(name from 9)) from pg_ls_dir('pg_wal', false, false) as name
where name ~ '^[0-9A-F]{24}$'
"""


def source(datastore: Datastore) -> str:
    """How to reach the current primary: through the gate, hence only while it is open."""
    return (
        f"host={datastore.tls_name} hostaddr=127.0.0.1 port={datastore.gate_port} dbname={USER} "
        f"user={datastore.replication_user} sslmode=verify-full sslrootcert={datastore.tls.ca} "
        f"sslcert={datastore.tls.cert} sslkey={datastore.tls.key} connect_timeout=5"
    )


# --- draining ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Look:
    receiver: int | None
    received: int | None
    replayed: int
    paused: bool

    @property
    def drained(self) -> bool:
        """Streaming is asked for only when the local log is used up; until then nothing counts
        as received."""
        return self.receiver is None and self.received is not None and self.all_replayed

    @property
    def all_replayed(self) -> bool:
        return self.received is not None and self.replayed >= self.received


def drain(server: Server, terms: TermMap, limit_s: float) -> Position:
    """Behind the closed gate: wait until no walreceiver runs and all that was received is
    replayed; then the log's end. Raises FailedError."""
    began = moved = time.monotonic()
    look = before = _look(server)
    while not look.drained:
        now = time.monotonic()
        if look != before:
            moved = now
        elif now - moved > _STILL_S and _exhausted(server, terms, look):
            break
        _hasten(server, look)
        if now - began > limit_s:
            raise FailedError(f"not drained after {limit_s:g} s: {look}")
        time.sleep(_POLL_S)
        before, look = look, _look(server)
    return position(terms, look.replayed)


def _look(server: Server) -> _Look:
    receiver, received, replayed, pause = server.ask(_DRAINING)[0]
    return _Look(
        receiver,
        None if received is None else parse_lsn(received),
        parse_lsn(replayed),
        pause != "not paused",
    )


def _hasten(server: Server, look: _Look) -> None:
    """End what could keep us waiting: a pause that somebody left; a walreceiver whose connection
    hangs somewhere behind the closed gate. It writes down what it has, and a new one gets none."""
    if look.paused:
        server.ask("select pg_wal_replay_resume()")
    if look.receiver is not None:
        signal_process(look.receiver, signal.SIGTERM)


def _exhausted(server: Server, terms: TermMap, look: _Look) -> bool:
    """Received up to the middle of a record, which will never be replayed: whether the local log
    has no whole record after what is replayed. pg_waldump judges it as recovery does."""
    if look.receiver is not None or look.received is None:
        return False
    timelines = [term.timeline for term in terms if term.start <= look.replayed]
    dump = str(server.datastore.bin / "pg_waldump")
    where = [f"--path={server.data}/pg_wal", f"--timeline={timelines[-1] if timelines else 1}"]
    try:
        run([dump, "--limit=1", *where, f"--start={format_lsn(look.replayed)}"], user=USER)
    except FailedError:
        return _look(server) == look
    return False


# --- following -----------------------------------------------------------------------------------


def follow(server: Server, proxy: Proxy, primary: str, token: str, terms: TermMap) -> None:
    """Turn to `primary`: use the slot `token`, keep no history but that of `terms`, open the
    gate. The order matters: with the gate closed nothing streams by an older slot."""
    if server.forget_histories(terms):
        server.running_standby(_START_S)
    server.settings({"primary_slot_name": token})
    proxy.choose_now(server.datastore.gate, primary)
    server.reload()


def await_stream(server: Server, timeline: int, cancel: Cancel) -> None:
    """Until the walreceiver streams on `timeline`. Raises CancelledError; HopelessError when
    the primary no longer has what this member needs; FailedError when something hindered us."""
    began = doubt_at = time.monotonic()
    while True:
        streaming, startup = _stream(server)
        if streaming == timeline:
            return
        if startup is not None:
            # Recovery naps for wal_retrieve_retry_interval between attempts; a signal ends the nap.
            signal_process(startup, signal.SIGHUP)
        now = time.monotonic()
        if now - doubt_at > _DOUBT_S:
            doubt_at = now
            if _reach(server) and now - began > _HOPELESS_S:
                raise HopelessError(f"no stream on timeline {timeline} after {now - began:.0f} s")
        cancel.pause(2 * _POLL_S)


def _stream(server: Server) -> tuple[int | None, int | None]:
    """The timeline being streamed, and the process that recovers. A server that is only slow to
    answer is no failure. Raises FailedError when it is gone."""
    try:
        streaming, startup = server.ask(_STREAM)[0]
    except FailedError:
        if server.pid() is None:
            raise
        return None, None
    return streaming, startup


def _reach(server: Server) -> bool:
    """Whether the primary answers through the gate. Raises HopelessError if it has thrown away
    what comes next in our log. Segments are compared without their timeline."""
    needed, size = server.ask(_NEEDED)[0]
    try:
        connection = psycopg2.connect(source(server.datastore))
    except psycopg2.Error:
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute(_KEPT)
            (oldest,) = cursor.fetchone() or (None,)
    except psycopg2.Error:
        return False
    finally:
        connection.close()
    if oldest is not None and _segment_start(oldest, size) > parse_lsn(needed):
        raise HopelessError(f"the primary has no log before {oldest}, we need {needed}")
    return True


def _segment_start(name: str, size: int) -> int:
    """A segment's file name without its timeline: 8 digits of LSN / 4 GB, 8 digits of number."""
    return (int(name[:8], 16) << 32) + int(name[8:], 16) * size
