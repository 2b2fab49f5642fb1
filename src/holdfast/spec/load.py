"""A file in, a System out, or all that is wrong with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import yaml

from holdfast.spec.model import System


@dataclass(frozen=True)
class Document:
    system: System


def load(file: Path) -> Document:
    return Document(
        System.model_validate_json(json.dumps(yaml.safe_load(file.read_text())), strict=True)
    )
