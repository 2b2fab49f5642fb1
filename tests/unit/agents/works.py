"""What becomes of work that a steward has under way, in the explorer's model."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.agents.steward.postgresql.protocol import (
    Done,
    Follow,
    Mark,
    Promote,
    Rejoin,
    Settle,
    Stop,
    Work,
)

from .model import Model
from .world import (
    NOT_OK,
    OK,
    Move,
    Postgres,
    Violation,
    World,
    forked,
    locally,
    record,
    spend,
    swap,
)

Worked = tuple[World, Done | None]


def working(model: Model, world: World, i: int) -> Iterator[Move]:
    """What may become next of the work that the steward of `i` has under way."""
    host = model.host(world, i)
    s = model.mind(host)
    if s is None or s.work is None:
        return
    if host.done is not None:
        yield ("done", i), model.hear(world, i, host.done)
        return
    name = type(s.work).__name__
    for after, done in _worked(model, world, i, s.work):
        yield (name, i), _finished(model, after, i, done)
    if s.cancelled and isinstance(s.work, Mark | Follow | Rejoin):
        yield ("cancelled", i, name), _finished(model, world, i, NOT_OK)


def _finished(model: Model, world: World, i: int, done: Done | None) -> World:
    if done is None:
        return world
    return model.change(world, i, done=done) if model.fine else model.hear(world, i, done)


def _worked(model: Model, world: World, i: int, work: Work) -> Iterator[Worked]:
    match work:
        case Stop():
            yield model.postgres(world, i, role="down"), OK
        case Settle():
            yield from _settled(model, world, i, work.intent.term)
        case Promote():
            yield from _promoted(model, world, i, work)
        case Mark():
            yield from _marked(model, world, i)
        case Follow():
            yield from _followed(model, world, i, work)
        case Rejoin():
            yield from _rejoined(model, world, i, work)
        case _:
            host, done = locally(model.host(world, i), work)
            yield world._replace(hosts=swap(world.hosts, i, model.hosts.number(host))), done


def _settled(model: Model, world: World, i: int, term: int) -> Iterator[Worked]:
    pg = model.host(world, i).pg
    if pg.request is not None:
        fired = model.fired(world, i)
        yield fired, Done(0, True, terms=model.host(fired, i).pg.terms)
        yield model.postgres(world, i, role="down", request=None), OK
    else:
        happened = any(each.number == term for each in pg.terms)
        yield world, Done(0, True, terms=pg.terms if happened else None)


def _promoted(model: Model, world: World, i: int, work: Promote) -> Iterator[Worked]:
    host = model.host(world, i)
    if host.pg.role == "down":
        yield world, NOT_OK
    elif host.stage == 0:
        request = (work.term, work.terms)
        pg = host.pg._replace(request=request, slots=work.term, terms=work.terms)
        yield model.change(world, i, pg=pg, stage=1), None
    elif host.pg.role == "primary":
        yield world, Done(0, True, terms=host.pg.terms)
    elif world.left.delays:
        yield spend(world, "delays"), NOT_OK


def _marked(model: Model, world: World, i: int) -> Iterator[Worked]:
    pg = model.host(world, i).pg
    if pg.role != "primary":
        yield world, NOT_OK
    elif record(pg, i) in world.acked:
        yield world, OK
    elif record(pg, i) not in pg.log:
        yield model.written(world, i), None


def _followed(model: Model, world: World, i: int, work: Follow) -> Iterator[Worked]:
    host = model.host(world, i)
    primary = model.names.index(work.primary)
    if host.pg.role != "standby":
        if not host.unnoticed:
            yield world, NOT_OK
        return
    opened = model.change(world, i, gate=(primary, work.term), stage=1)
    if host.stage == 0 and (model.fine or not model.streams(opened, i)):
        yield opened, None
    elif model.streams(opened, i):
        yield model.postgres(opened, i, terms=model.host(world, primary).pg.terms), OK
    if world.left.delays:
        yield spend(world, "delays"), NOT_OK  # the log it needs is gone


def _rejoined(model: Model, world: World, i: int, work: Rejoin) -> Iterator[Worked]:
    host = model.host(world, i)
    primary = model.names.index(work.primary)
    source, own = model.host(world, primary).pg, host.pg
    there = source.role == "primary" and model.accepts(source, work.term)
    if host.stage == 0:
        kept = own.log[: forked(own.terms, work.terms)] if work.rewind else ()
        own = own._replace(role="down", dirty=True, log=kept, slots=0, request=None)
        yield model.change(world, i, pg=own, gate=(primary, work.term), stage=1), None
    elif host.stage == 1 and there:
        if own.log != source.log[: len(own.log)]:
            raise Violation(f"{model.names[i]} was rewound to what never was")
        own = Postgres("standby", own.log, source.terms, dirty=True)
        yield model.change(world, i, pg=own, stage=2), None
    elif host.stage == 2 and own.role == "standby" and own.log == source.log and there:
        yield model.postgres(world, i, dirty=False), OK
    elif host.stage == 2 and own.role == "down":
        yield world, NOT_OK
