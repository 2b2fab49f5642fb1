from __future__ import annotations

import os

from accounts.app import application
from serving import Seat, serve

seat = Seat.of("accounts")
serve(
    application(os.environ["HOLDFAST_ACCOUNTS_DSN"], seat),
    seat,
    {"cache-control": "no-store", "x-content-type-options": "nosniff"},
)
