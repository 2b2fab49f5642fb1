"""YAML documents, and the same trees as JSON: configuration and objects of Kubernetes and etcd."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Writes out what occurs twice, and indents lists as people do."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def documents(*trees: Mapping[str, Any]) -> str:
    """One YAML document per tree, keys in the order given."""
    return "---\n".join(
        yaml.dump(tree, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=1000)
        for tree in trees
    )


def json_document(tree: Mapping[str, Any]) -> str:
    return json.dumps(tree, indent=2) + "\n"
