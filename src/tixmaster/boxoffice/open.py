"""Opens the box office: everything it is made of, for the length of a block."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tixmaster.boxoffice.database.open import open_database
from tixmaster.boxoffice.events.catalogue import Catalogue
from tixmaster.boxoffice.faults.switches import Switches
from tixmaster.boxoffice.flags.board import FlagBoard
from tixmaster.boxoffice.identity import Tokens
from tixmaster.boxoffice.metrics import BoxOfficeMetrics
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.payments import choose
from tixmaster.boxoffice.payments.desk import Desk
from tixmaster.boxoffice.reservation.engine import Reservations
from tixmaster.boxoffice.settings import Settings
from tixmaster.boxoffice.tickets.qr import Signer
from tixmaster.boxoffice.users.passwords import Passwords
from tixmaster.boxoffice.users.throttle import LoginThrottle


@asynccontextmanager
async def open_office(
    settings: Settings, passwords: Passwords, metrics: BoxOfficeMetrics, ourselves: httpx.AsyncClient
) -> AsyncIterator[Office]:
    """The box office with its database, there or not. `ourselves` reaches it over HTTP, for the simulator's webhooks."""
    async with open_database(settings, passwords) as database:
        metrics.watch_pool(database)
        provider = choose.provider(settings, database, ourselves)
        metrics.start_payments(provider.name, settings.payments.currency)
        late = settings.payments.late == "take"
        reservations = Reservations(database, settings.terms)
        metrics.watch_line(lambda: reservations.waiting)
        try:
            yield Office(
                settings=settings,
                database=database,
                passwords=passwords,
                tokens=Tokens(settings.jwt_secret),
                metrics=metrics,
                catalogue=Catalogue(database),
                reservations=reservations,
                desk=Desk(database=database, metrics=metrics, provider=provider, take_late=late),
                signer=Signer(settings.ticket_key),
                flags=FlagBoard(database),
                throttle=LoginThrottle(database),
                faults=Switches(settings.broken_routes),
            )
        finally:
            await provider.close()
