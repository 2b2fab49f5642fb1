from __future__ import annotations

from answers import NO_STORE
from galera import Endpoint, Galera
from orders.app import application
from orders.store import READER, WRITER, Store
from serving import Seat, serve

seat = Seat.of("orders")
writer = Galera(Endpoint.of("ORDERS"), WRITER)
reader = Galera(Endpoint.of("ORDERS", "READ_PORT"), READER)
serve(application(Store(writer, reader), seat), seat, NO_STORE)
