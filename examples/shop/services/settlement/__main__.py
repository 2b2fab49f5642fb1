from __future__ import annotations

from answers import NO_STORE
from galera import Endpoint, Galera
from serving import Seat, serve
from settlement.app import application
from settlement.store import Store

seat = Seat.of("settlement")
store = Store(Galera(Endpoint.of("ORDERS"), "set session time_zone = '+00:00'", size=1))
serve(application(store, seat), seat, NO_STORE)
