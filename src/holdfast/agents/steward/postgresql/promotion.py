"""A member becomes primary, is one, and retires; and what a crash left of a promotion."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Collection
from contextlib import suppress

import psycopg2
import psycopg2.extensions

from ..commands import Cancel, FailedError
from .history import file_name, foreign, parse, slot
from .protocol import Intent, Term, TermMap
from .replication import drain
from .server import Server

_POLL_S = 0.005
_CHECKPOINT_AFTER_S = 2.0
_CATCH_UP_S = 0.1

_MARK = "insert into holdfast.terms (term, id, host) values (%s, gen_random_uuid(), %s)"
_DROP = """
select pg_drop_replication_slot(slot_name) from pg_replication_slots
where starts_with(slot_name, 'term_') and not active and slot_name <> all(%s)
"""
"""Terms' slots only: somebody's backup may have slots of its own."""
_RENEW = """
select pg_drop_replication_slot(slot_name) from pg_replication_slots
where slot_name = any(%s) and not active and wal_status = 'lost'
"""
_MAKE = """
select pg_create_physical_replication_slot(name, true) from unnest(%s) as name
where not exists (select from pg_replication_slots where slot_name = name)
"""
_STILL = """
and not pg_is_in_recovery() and left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) = %s
"""
_CUT = """
select pg_terminate_backend(pid) from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid()
"""
_FLUSH = "set synchronous_commit = local; select pg_current_xact_id()"
"""A commit of our own flushes all that was written before it."""

_BEHIND = """
select count(*) from pg_stat_replication
where state = 'streaming' and flush_lsn < pg_current_wal_flush_lsn()
"""
_HOLDERS = """
select active_pid from pg_replication_slots
where starts_with(slot_name, 'term_') and active and slot_name <> all(%s)
"""


def promote(
    server: Server, term: int, terms: TermMap, followers: Collection[str], limit_s: float
) -> TermMap:
    """The map with the new term in it, once the server accepts writes. Raises FailedError."""
    if server.forget_histories(terms):
        server.running_standby(limit_s)
        drain(server, terms, limit_s)
    names = [slot(term, host) for host in followers]
    _drop_slots(server, names)
    server.ask("select pg_promote(false)")
    server.ask(_MAKE, (names,))
    deadline = time.monotonic() + limit_s
    while server.ask("select pg_is_in_recovery()")[0][0]:
        if time.monotonic() > deadline:
            raise FailedError(f"not promoted after {limit_s:g} s")
        time.sleep(_POLL_S)
    _checkpoint_later(server)
    extended = _extended(server, terms, term, timeline := _timeline(server))
    if foreign(server.histories(), extended):
        raise FailedError(f"timeline {timeline} has another history than {extended}")
    return extended


def settle(server: Server, intent: Intent, terms: TermMap) -> TermMap | None:
    """Make sure that no promotion fires later. The map, if the promotion had become durable."""
    if server.pid() is not None and _promoted(server):
        return _extended(server, terms, intent.term, _timeline(server))
    server.stop(signal.SIGQUIT, limit_s=2)
    (server.data / "promote").unlink(missing_ok=True)
    born = intent.parent + 1
    control = server.control()
    if str(born) in (
        control["Latest checkpoint's TimeLineID"],
        control["Min recovery ending loc's timeline"],
    ):
        return _extended(server, terms, intent.term, born)
    server.forget_histories(terms)
    return None


def mark(server: Server, term: int, host: str, cancel: Cancel) -> None:
    """Commit a row of this term; only a follower's acknowledgement completes that. A commit that
    was given up waiting is reported by a warning, which is a failure here.

    Raises FailedError, CancelledError."""
    try:
        connection = server.connect(dbname=server.datastore.name, async_=True)
        try:
            _complete(connection, cancel)
            with connection.cursor() as cursor:
                cursor.execute(_MARK, (term, host))
                _complete(connection, cancel)
        except FailedError:
            # The backend would wait on without us.
            with suppress(ProcessLookupError):
                os.kill(connection.info.backend_pid, signal.SIGTERM)
            raise
        finally:
            connection.close()
    except psycopg2.Error as error:
        raise FailedError(" ".join(str(error).split())) from error
    if connection.notices:
        raise FailedError(" ".join(connection.notices[-1].split()))


def retire(server: Server) -> None:
    """A primary stops, its followers have everything. PostgreSQL's own fast shutdown checkpoints
    while nobody can write; here the checkpoint comes first, so the pause is a matter of
    milliseconds. What slips in at the last moment was not acknowledged.

    Its end is ordered, not waited for, as that takes a tenth of a second of everybody's time: no
    election depends on it, only on the followers' gates, and whoever starts it again waits."""
    server.ask("set statement_timeout = 0")
    server.ask("checkpoint")
    server.ask(_CUT)
    server.ask(_FLUSH)
    deadline = time.monotonic() + _CATCH_UP_S
    while server.ask(_BEHIND)[0][0] and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    server.order_stop(signal.SIGQUIT)


def upkeep(server: Server, term: Term, followers: Collection[str]) -> None:
    """On the primary of `term`: every follower has its slot, also one whose slot PostgreSQL gave
    up because it kept too much. Does nothing on a server that writes another timeline: a late
    call must not hand out a token of the past. Raises psycopg2.Error."""
    names = [slot(term.number, host) for host in followers]
    connection = server.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(_RENEW, (names,))
            cursor.execute(_MAKE + _STILL, (names, f"{term.timeline:08X}"))
    finally:
        connection.close()


def _drop_slots(server: Server, names: list[str]) -> None:
    """Only followers of the new term find one, the term's token. Before the promotion, while
    nothing can be acknowledged; making the new ones can go on beside it."""
    for (pid,) in server.ask(_HOLDERS, (names,)):
        server.ask("select pg_terminate_backend(%s, 1000)", (pid,))
    server.ask(_DROP, (names,))


def _promoted(server: Server) -> bool:
    """No answer counts as no."""
    try:
        return not server.ask("select pg_is_in_recovery()")[0][0]
    except FailedError:
        return False


def _timeline(server: Server) -> int:
    """The one being written; pg_control lags behind."""
    return int(server.ask("select pg_walfile_name(pg_current_wal_insert_lsn())")[0][0][:8], 16)


def _extended(server: Server, terms: TermMap, number: int, timeline: int) -> TermMap:
    """`terms` and the one that began when `timeline` was born, as its history file tells."""
    if terms and terms[-1].number == number:
        return terms
    text = (server.data / "pg_wal" / file_name(timeline)).read_text()
    return (*terms, Term(number, timeline, parse(text)[-1][1]))


def _complete(connection: psycopg2.extensions.connection, cancel: Cancel) -> None:
    while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
        cancel.check()
        door = [connection.fileno()]
        writing = door if state == psycopg2.extensions.POLL_WRITE else []
        select.select(door, writing, [], 2 * _POLL_S)


def _checkpoint_later(server: Server) -> None:
    """So that a rewind finds the new timeline in our control file, and a restart is short; a
    little later, to leave the disk to the first commits."""
    timer = threading.Timer(_CHECKPOINT_AFTER_S, _checkpoint, (server,))
    timer.daemon = True
    timer.start()


def _checkpoint(server: Server) -> None:
    with suppress(psycopg2.Error):
        connection = server.connect(limit_ms=0)
        try:
            connection.cursor().execute("checkpoint")
        finally:
            connection.close()
