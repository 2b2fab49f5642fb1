"""python3 -m dev, in examples/shop: the shop on http://127.0.0.1:8080, or the port given."""

from __future__ import annotations

import sys

import uvicorn

from dev.composition import Shop

port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
sys.stderr.write(f"http://127.0.0.1:{port}\n")
uvicorn.run(Shop(), host="127.0.0.1", port=port, log_level="warning", ws="none")
