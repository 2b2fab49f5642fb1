from __future__ import annotations

from answers import NO_STORE
from cart.app import application
from cart.cluster import Cluster
from cart.store import Store
from serving import Seat, serve

seat = Seat.of("cart")
serve(application(Store(Cluster.of("SESSIONS")), seat), seat, NO_STORE)
