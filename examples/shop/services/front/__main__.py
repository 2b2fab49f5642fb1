from __future__ import annotations

from front.app import HEADERS, application
from serving import Seat, serve

seat = Seat.of("front")
serve(application(seat), seat, HEADERS)
