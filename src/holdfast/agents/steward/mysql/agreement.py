"""What the members of a view decide together, after every message, each for itself and all the
same: the epoch, who writes, who begins anew. Pure."""

from __future__ import annotations

from dataclasses import replace

from .founding import Member, Preferences, chain, foundings, judge
from .protocol import Epoch, Founding, Override, State, Wish
from .standing import Common, circle, component, is_complete, is_primary, is_synced, writer


def begin(states: dict[str, State]) -> Common:
    """When all members of a view have spoken."""
    first = next(iter(states.values()))
    nonces = tuple((host, state.nonce) for host, state in sorted(states.items()))
    members = tuple(
        (host, Member(state.durable, state.report)) for host, state in sorted(states.items())
    )
    known = chain(dict(members))
    return Common((first.ring, first.members, nonces), members, known[-1] if known else None)


def note(common: Common, host: str, member: Member) -> Common:
    """What a member says of itself."""
    return replace(common, members=tuple(sorted((dict(common.members) | {host: member}).items())))


def agree(common: Common, preferences: Preferences, quorum: int) -> Common:
    if any(is_primary(common, host) for host, _ in common.members):
        return _epoch(replace(common, founding=None, waits=""), preferences, quorum)
    return _found(common, preferences)


def order(common: Common, override: Override) -> Common:
    """A person takes the loss upon himself; refused if it is not needed, or not possible."""
    member = common.by_host.get(override.host)
    if refusal(common, override) or member is None or member.report.position is None:
        return common
    return _begin_anew(common, override.host, member.report.position)


def refusal(common: Common, override: Override) -> str:
    if any(is_primary(common, host) for host, _ in common.members):
        return "a primary component is there: nothing has to begin anew"
    member = common.by_host.get(override.host)
    if member is None:
        return f"{override.host} is not here"
    if member.report.position is None:
        return f"{override.host} does not tell how far its data reach"
    return ""


def wish_refusal(common: Common, wish: Wish) -> str:
    epoch = common.epoch
    if epoch is None or writer(common) is None:
        return "nobody takes writes now"
    if wish.to == epoch.writer:
        return f"{wish.to} is the writer already"
    if wish.to is not None and not is_synced(common, wish.to):
        return f"{wish.to} is not in sync"
    others = (host for host, _ in common.members if host != epoch.writer)
    if not any(is_synced(common, host) for host in others):
        return "no other member is in sync"
    return ""


def _epoch(common: Common, preferences: Preferences, quorum: int) -> Common:
    """The next epoch, once the component is known, all of it is in the view, and a majority has
    all data. Until then nothing changes."""
    core = component(common)
    view = {host for host, _ in common.members}
    complete = [host for host in view if is_complete(common, host)]
    if core is None or not core <= view or len(complete) < quorum:
        return common
    chosen = _writer(common, preferences)
    if chosen is None:
        return common
    members = circle(common, core)
    epoch = common.epoch
    current = epoch is not None and epoch.number > common.lineage
    if current and epoch is not None and (epoch.writer, epoch.members) == (chosen, members):
        return common
    return replace(common, epoch=Epoch(_next(common), chosen, members), wish=None)


def _writer(common: Common, preferences: Preferences) -> str | None:
    """Who was asked for; else who writes already; else the preferred one."""
    epoch, wish = common.epoch, common.wish
    synced = [host for host, _ in common.members if is_synced(common, host)]
    present = epoch.writer if epoch is not None else None
    if wish is not None and wish.to in synced:
        return wish.to
    if wish is None and present is not None and is_complete(common, present):
        return present
    rank = dict(preferences)
    others = [host for host in synced if wish is None or host != present]
    return min(others, key=lambda host: rank.get(host, 0), default=None)


def _found(common: Common, preferences: Preferences) -> Common:
    if common.founding is not None:
        founder = common.by_host.get(common.founding.host)
        if founder is not None and founder.report.failures == common.tries:
            return common
    verdict = judge(common.by_host, preferences)
    if verdict.host is None:
        return replace(common, founding=None, waits=verdict.waits)
    return _begin_anew(common, verdict.host, verdict.base)


def _begin_anew(common: Common, host: str, base: int) -> Common:
    """What was agreed before, and not reached, is agreed again."""
    known = foundings(common.by_host)
    again = known and (known[-1].host, known[-1].base) == (host, base)
    newer = common.epoch is not None and known and common.epoch.number > known[-1].number
    founding = known[-1] if again and not newer else Founding(_next(common), host, base)
    tries = common.by_host[host].report.failures
    return replace(common, founding=founding, tries=tries, waits="")


def _next(common: Common) -> int:
    known = [m.durable.newest for _, m in common.members]
    known += [each.number for each in (common.epoch, common.founding) if each is not None]
    return max(known) + 1
