from __future__ import annotations

import os

from accounts.app import application
from accounts.database import Database
from accounts.store import Store
from accounts.tokens import Signer
from answers import NO_STORE
from serving import Seat, serve

seat = Seat.of("accounts")
store = Store(Database(os.environ["HOLDFAST_ACCOUNTS_DSN"]))
serve(application(store, Signer.of(), seat), seat, NO_STORE)
