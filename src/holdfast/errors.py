"""What can go wrong, as a person should hear of it.

HoldfastError            one root to catch; `exit_code` says which kind
├── InputError           the spec or the command line is wrong            exit 2
├── EnvironmentFailure   the machine, a host or a tool failed us          exit 3
│   ├── HostError        ... and we know which host and which step
│   └── LabError         ... while making or running lab hosts
└── DrillRefused         the system was not healthy before the fault      exit 1
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast.finding import Finding


class HoldfastError(Exception):
    """Root of every error that Holdfast raises on purpose."""

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(HoldfastError):
    """The user's input is wrong; `findings` say where and what to write instead."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "", findings: Sequence[Finding] = ()) -> None:
        super().__init__(message, hint)
        self.findings = tuple(findings)


class EnvironmentFailure(HoldfastError):
    """Something outside the input failed: a tool, a host, a permission."""


class HostError(EnvironmentFailure):
    """A step failed on a known host."""

    def __init__(self, host: str, step: str, message: str, hint: str = "") -> None:
        super().__init__(f"{host}: {step}: {message}", hint)
        self.host = host
        self.step = step


class LabError(EnvironmentFailure):
    """The lab could not be made, run or removed."""


class DrillRefused(HoldfastError):
    """The gate did not open: a drill starts only on a healthy system."""

    exit_code = 1
