from __future__ import annotations

from catalogue.app import HEADERS, application
from serving import Seat, serve

seat = Seat.of("catalogue")
serve(application(seat), seat, HEADERS)
