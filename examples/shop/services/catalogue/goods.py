"""The goods, as they are in goods.json. Pure. Orders and carts use it too: a shop this small has
one list of what it sells, shipped with every service, and no service waits for another one."""

from __future__ import annotations

from pathlib import Path

import msgspec

QUANTITY_MAX = 99


class Good(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`price` in euro cents, each; `hue` of its picture in degrees; texts by language."""

    id: str
    price: int
    hue: int
    name: dict[str, str]
    about: dict[str, str]


GOODS = msgspec.json.decode(Path(__file__).with_name("goods.json").read_bytes(), type=list[Good])
BY_ID = {good.id: good for good in GOODS}
