"""The kinds of drill, by the names that people write."""

from __future__ import annotations

POWER_OFF, LINK_CUT, KILL, FREEZE, HANDOVER = "power-off", "link-cut", "kill", "freeze", "handover"
DRILLS = (POWER_OFF, LINK_CUT, KILL, FREEZE, HANDOVER)
HOST_DRILLS = (POWER_OFF, LINK_CUT)
"""They take a whole host, whatever is named; a freeze does when a host is; else it is one unit."""
