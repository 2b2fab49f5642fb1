"""The job's face.

GET /healthz  the job is alive, and how its last round went
GET /readyz   503 when no round has ended well for LATE_S
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from answers import answer, failures
from refusal import Unavailable
from serving import Seat
from settlement.job import LATE_S, Job, Ledger


def application(ledger: Ledger, seat: Seat) -> Starlette:
    job = Job(ledger, str(seat))

    @asynccontextmanager
    async def at_work(_app: Starlette) -> AsyncIterator[None]:
        work = asyncio.create_task(job.run())
        yield
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        await ledger.close()

    async def alive(request: Request) -> Response:
        return answer(request, 200, {"status": "alive"} | _told(job))

    async def ready(request: Request) -> Response:
        if job.silent_s > LATE_S:
            raise Unavailable(f"no round ended well for {job.silent_s:.0f} s: {job.trouble}")
        return answer(request, 200, {"status": "ready"} | _told(job))

    app = Starlette(
        routes=[Route("/healthz", alive), Route("/readyz", ready)],
        exception_handlers=failures(),
        lifespan=at_work,
    )
    app.state.seat = seat
    return app


def _told(job: Job) -> dict[str, Any]:
    return {"settled": job.settled, "silent_s": round(job.silent_s, 1), "trouble": job.trouble}
