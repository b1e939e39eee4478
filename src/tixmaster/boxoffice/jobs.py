"""What the box office does by itself, again and again, beside answering requests: one list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from tixmaster.boxoffice import probe, stocktaking
from tixmaster.boxoffice.errors import DatabaseAwayError
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.orders import settle
from tixmaster.boxoffice.organizers import cancelled
from tixmaster.boxoffice.payments.simulator import Simulator
from tixmaster.boxoffice.users import queries as users
from tixmaster.boxoffice.users import throttle
from tixmaster.telemetry.logs import describe

AWAY_SECONDS: Final = 0.5
"""How soon to try again while the database is away, as at the start."""

_log = structlog.stdlib.get_logger()


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something to do every few seconds. Each is safe to do in several processes at once."""

    name: str
    every_seconds: float
    do: Callable[[], Awaitable[None]]


def jobs(office: Office) -> list[Job]:
    """All jobs of this process."""
    wanted = [
        Job(name="give back the seats of holds that are over", every_seconds=1, do=lambda: settle.sweep(office)),
        Job(name="end the orders of cancelled events", every_seconds=1, do=lambda: cancelled.end_orders(office)),
        Job(name="give back money", every_seconds=1, do=office.desk.give_back_due),
        Job(name="look at the sale", every_seconds=5, do=lambda: stocktaking.look(office)),
        Job(name="reconcile the stock", every_seconds=30, do=lambda: stocktaking.reconcile(office)),
        Job(name="forget counts of failed attempts", every_seconds=60, do=lambda: throttle.sweep(office.database)),
        Job(name="forget ended sessions", every_seconds=600, do=lambda: users.sweep_sessions(office.database)),
        Job(name="forget what the synthetic shopper bought", every_seconds=600, do=lambda: probe.forget(office)),
    ]
    if isinstance(office.desk.provider, Simulator):
        wanted.append(Job(name="deliver simulated webhooks", every_seconds=0.5, do=office.desk.provider.deliver_due))
    return wanted


@asynccontextmanager
async def at_work(office: Office) -> AsyncIterator[None]:
    """Does the jobs for the length of the block."""
    tasks = [asyncio.create_task(_keep_doing(job), name=job.name) for job in jobs(office)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_doing(job: Job) -> None:
    while True:
        pause = job.every_seconds
        try:
            await job.do()
        except DatabaseAwayError:
            pause = AWAY_SECONDS
        except Exception as error:  # noqa: BLE001 - whatever it is: a job that ended would be missed by nobody until too late
            _log.error("a job failed and will be tried again", job=job.name, error=describe(error))
        await asyncio.sleep(pause)
