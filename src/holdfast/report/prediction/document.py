"""A prediction for programs. Keys are only ever added."""

from __future__ import annotations

from math import isinf
from typing import Any

from holdfast.converge.model.predict import Prediction, Spread, Wait


def document(prediction: Prediction) -> dict[str, Any]:
    """Seconds; null for what may never come."""
    return {
        "title": prediction.title,
        "draws": prediction.draws,
        "seed": prediction.seed,
        "waits": {wait.key: _wait(wait) for wait in prediction.waits},
    }


def _wait(wait: Wait) -> dict[str, Any]:
    return {
        "words": wait.words,
        "seconds": spread(wait.spread),
        "phases": [
            {
                "name": phase.name,
                "timers": list(phase.timers),
                "seconds": spread(phase.took),
                "on_path": round(phase.on_path, 4),
                "decides": round(phase.decides, 4),
                "of_time": round(phase.of_time, 4),
            }
            for phase in wait.phases
        ],
    }


def spread(spread: Spread) -> dict[str, float | None]:
    return {name: rounded(value) for name, value in vars(spread).items()}


def rounded(seconds: float) -> float | None:
    return None if isinf(seconds) else round(seconds, 4)
