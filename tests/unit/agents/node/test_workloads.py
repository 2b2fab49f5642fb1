"""What of a node's containers lives, as containerd's own tool tells it."""

from __future__ import annotations

from holdfast.agents.node.workloads import running

LISTED = """\
TASK                                                                PID     STATUS
1f0c2f                                                              812     RUNNING
77ab10                                                              901     STOPPED
90cc01                                                              0       UNKNOWN
ab3d55                                                              955     PAUSED
"""


def test_what_lives_is_told_from_what_does_not() -> None:
    assert running(LISTED) == ("1f0c2f", "90cc01", "ab3d55")
    assert running("TASK    PID    STATUS    \n") == ()
