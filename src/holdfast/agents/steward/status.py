"""What this steward knows, for other threads to read: role checks, `status`, a waiting handover.

The values it reads are frozen and replaced as a whole by the main loop, so a reader sees one of
them or the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .config import Config
from .keeper import Keeper, Role
from .membership import empty_view


class Status:
    def __init__(self, config: Config, keepers: Mapping[str, Keeper]) -> None:
        self._config = config
        self._keepers = keepers
        self.view = empty_view()

    def plays(self, role: Role, datastore: str) -> bool:
        keeper = self._keepers.get(datastore)
        return keeper is not None and keeper.plays(role)

    @property
    def quorate(self) -> bool:
        return len(self.view.members) * 2 > len(self._config.hosts)

    def roles(self) -> dict[str, str]:
        """What this host plays, by datastore."""
        return {name: keeper.status()["role"] for name, keeper in self._keepers.items()}

    def primaries(self) -> list[str]:
        """The datastores that have their primary here."""
        return [name for name, role in self.roles().items() if role == "primary"]

    def serving(self, datastore: str) -> tuple[str | None, int]:
        """The primary that serves, as far as this steward knows, and its term."""
        status = self._keepers[datastore].status()
        return (status["primary"] if status["serving"] else None), status["term"]

    def decisions(self, datastore: str) -> list[dict[str, Any]]:
        return list(self._keepers[datastore].status()["decisions"])

    def read(self) -> dict[str, Any]:
        """Everything, as JSON has it; asks each server how far its data reach."""
        members = list(self.view.members)
        return {
            "host": self._config.host,
            "view": {"members": members, "quorate": self.quorate},
            "datastores": {
                name: {**keeper.status(), "lsn": keeper.position()}
                for name, keeper in self._keepers.items()
            },
        }
