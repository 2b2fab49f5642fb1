"""corosync's closed process groups, as far as we use them: a thin binding to libcpg.so.4.

Names and numbers are those of <corosync/cpg.h> and <corosync/corotypes.h> (corosync 3.1). Model 1
is used because it tells the ring id with every change of the ring.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    byref,
    c_char,
    c_int,
    c_size_t,
    c_uint,
    c_uint32,
    c_uint64,
    c_void_p,
)
from dataclasses import dataclass

_CS_OK = 1
_CS_ERR_TRY_AGAIN = 6
_CPG_MODEL_V1 = 1
_DELIVER_INITIAL_TOTEM_CONF = 1
_CS_DISPATCH_ALL = 2
_CPG_TYPE_AGREED = 2


class CpgError(Exception):
    """corosync refused, or is gone: the handle is of no more use."""


class BusyError(CpgError):
    """corosync asks to try again a little later."""


class _Address(Structure):
    _fields_ = (("nodeid", c_uint32), ("pid", c_uint32), ("reason", c_uint32))


class _Name(Structure):
    _fields_ = (("length", c_uint32), ("value", c_char * 128))


class _Ring(Structure):
    _fields_ = (("nodeid", c_uint32), ("seq", c_uint64))


class _Iovec(Structure):
    _fields_ = (("base", c_void_p), ("len", c_size_t))


_Deliver = CFUNCTYPE(None, c_uint64, POINTER(_Name), c_uint32, c_uint32, c_void_p, c_size_t)
_Confchg = CFUNCTYPE(
    None,
    c_uint64,
    POINTER(_Name),
    POINTER(_Address),
    c_size_t,
    POINTER(_Address),
    c_size_t,
    POINTER(_Address),
    c_size_t,
)
_Totem = CFUNCTYPE(None, c_uint64, _Ring, c_uint32, POINTER(c_uint32))


class _Model(Structure):
    _fields_ = (
        ("model", c_int),
        ("deliver", _Deliver),
        ("confchg", _Confchg),
        ("totem", _Totem),
        ("flags", c_uint),
    )


@dataclass(frozen=True)
class Message:
    node_id: int
    payload: bytes


@dataclass(frozen=True)
class Members:
    """The processes in the group, by the id of their node."""

    node_ids: tuple[int, ...]


@dataclass(frozen=True)
class Ring:
    """`node_ids`: of all nodes in it, whether or not they have a process in the group."""

    representative: int
    sequence: int
    node_ids: tuple[int, ...]


Event = Message | Members | Ring


class Group:
    """One connection to corosync, joined to one group. Not for several threads."""

    def __init__(self, name: str) -> None:
        """Raises CpgError when corosync is not there."""
        self._lib = ctypes.CDLL("libcpg.so.4")
        self._handle = c_uint64()
        self._name = _Name(len(name), name.encode())
        self._events: list[Event] = []
        self._joined = False
        # ctypes does not keep the callbacks alive: this object must.
        self._model = _Model(
            _CPG_MODEL_V1,
            _Deliver(self._on_deliver),
            _Confchg(self._on_confchg),
            _Totem(self._on_totem),
            _DELIVER_INITIAL_TOTEM_CONF,
        )
        self._call(
            "cpg_model_initialize", byref(self._handle), _CPG_MODEL_V1, byref(self._model), None
        )

    def join(self) -> None:
        """Idempotent. Raises BusyError while the ring is forming."""
        if not self._joined:
            self._call("cpg_join", self._handle, byref(self._name))
            self._joined = True

    def fileno(self) -> int:
        number = c_int()
        self._call("cpg_fd_get", self._handle, byref(number))
        return number.value

    def read(self) -> list[Event]:
        """What has happened since the last call, in the order all members share."""
        self._call("cpg_dispatch", self._handle, _CS_DISPATCH_ALL)
        events, self._events = self._events, []
        return events

    def send(self, payload: bytes) -> None:
        """To all members, ourselves included, in one order. Raises BusyError."""
        text = ctypes.create_string_buffer(payload, len(payload))
        vector = _Iovec(ctypes.cast(text, c_void_p), len(payload))
        self._call("cpg_mcast_joined", self._handle, _CPG_TYPE_AGREED, byref(vector), c_uint(1))

    def close(self) -> None:
        """Leaves the group; the others see it at once."""
        self._lib.cpg_finalize(self._handle)

    def _call(self, function: str, *arguments: object) -> None:
        call: Callable[..., int] = getattr(self._lib, function)
        result = call(*arguments)
        if result == _CS_ERR_TRY_AGAIN:
            raise BusyError(function)
        if result != _CS_OK:
            raise CpgError(f"{function} says {result}")

    def _on_deliver(
        self, _handle: int, _name: object, node_id: int, _pid: int, text: int, length: int
    ) -> None:
        self._events.append(Message(node_id, ctypes.string_at(text, length)))

    def _on_confchg(self, *arguments: object) -> None:
        addresses, count = arguments[2], arguments[3]
        assert isinstance(count, int)
        node_ids = (addresses[i].nodeid for i in range(count))  # type: ignore[index]
        self._events.append(Members(tuple(sorted(set(node_ids)))))

    def _on_totem(self, _handle: int, ring: _Ring, count: int, nodes: object) -> None:
        node_ids = (nodes[i] for i in range(count))  # type: ignore[index]
        self._events.append(Ring(ring.nodeid, ring.seq, tuple(sorted(node_ids))))
