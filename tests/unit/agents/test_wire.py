"""The wire form of messages and promises."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.agents.steward.postgresql.protocol import WIRE, Durable, Message, Position, State
from holdfast.agents.steward.wire import WireError, built

KINDS = (st.from_type(kind) for kind in WIRE.kinds.values())
MESSAGES: st.SearchStrategy[Message] = st.one_of(*KINDS)


@given(MESSAGES)
def test_a_message_comes_back_exactly(message: Message) -> None:
    assert WIRE.decode(WIRE.encode(message)) == message


@given(st.from_type(Durable))
def test_promises_come_back_exactly(durable: Durable) -> None:
    assert built(Durable, json.loads(json.dumps(asdict(durable)))) == durable


@given(st.from_type(State), st.sampled_from(["ring", "nonce", "promised", "terms", "kind"]))
def test_a_message_with_a_field_missing_is_refused(message: State, field: str) -> None:
    raw = json.loads(WIRE.encode(message))
    del raw[field]
    with pytest.raises(WireError):
        WIRE.decode(json.dumps(raw).encode())


@given(st.binary())
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        WIRE.decode(data)


@pytest.mark.parametrize("raw", [{"term": True, "lsn": 1}, {"term": 1.0, "lsn": 1}, [1, 2], None])
def test_a_value_of_another_type_is_refused(raw: object) -> None:
    with pytest.raises(WireError):
        built(Position, raw)
