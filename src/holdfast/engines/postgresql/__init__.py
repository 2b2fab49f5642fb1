"""PostgreSQL: its configuration, who may connect as whom, and the unit it runs as."""

from __future__ import annotations

BIN = "/usr/lib/postgresql/17/bin"
PACKAGES = ("postgresql-17",)
