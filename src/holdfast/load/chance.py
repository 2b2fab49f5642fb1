"""Could this spread be chance? Pearson's chi-square test for equal shares. Pure.

The probability is the upper regularised incomplete gamma function Q(k/2, x/2), by its series below
k/2 + 1 and by its continued fraction above (Abramowitz and Stegun, 6.5.29 and 6.5.31).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_STEPS = 1000
_PRECISION = 1e-14
_TINY = 1e-300


def p_value(counts: Sequence[int]) -> float:
    """The probability that fair dice throw shares at least as unequal as these. 1 for fewer than
    two members, or when nothing was counted."""
    total = sum(counts)
    if len(counts) < 2 or total == 0:
        return 1.0
    fair = total / len(counts)
    statistic = sum((count - fair) ** 2 for count in counts) / fair
    return chi_square_tail(statistic, len(counts) - 1)


def chi_square_tail(statistic: float, freedom: int) -> float:
    """P(X >= statistic) of a chi-square distribution with `freedom` degrees of freedom."""
    if statistic <= 0:
        return 1.0
    a, x = freedom / 2, statistic / 2
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    return 1 - scale * _series(a, x) if x < a + 1 else scale * _fraction(a, x)


def _series(a: float, x: float) -> float:
    term = total = 1 / a
    for n in range(1, _STEPS):
        term *= x / (a + n)
        total += term
        if term < total * _PRECISION:
            break
    return total


def _fraction(a: float, x: float) -> float:
    """Lentz's method, as it stands in textbooks of numerical computing."""
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    value = d
    for n in range(1, _STEPS):
        step = -n * (n - a)
        b += 2
        d = 1 / _nonzero(step * d + b)
        c = _nonzero(b + step / c)
        value *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return value


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
