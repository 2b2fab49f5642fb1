"""A host without its network."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from holdfast.faults.base import Expiry, Link
from holdfast.faults.guard import guarded


@dataclass(frozen=True)
class LinkCut:
    """The cable is pulled; the host lives on alone until it is plugged in again."""

    link: Link
    host: str
    expiry: Expiry
    name: str = "link-cut"

    def inject(self) -> AbstractAsyncContextManager[float]:
        """See Fault."""
        return guarded(
            self.expiry, lambda: self.link.cut(self.host), lambda: self.link.mend(self.host)
        )
