"""The one list of payment providers."""

from __future__ import annotations

import httpx

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.payments.provider import Provider
from tixmaster.boxoffice.payments.simulator import Simulator
from tixmaster.boxoffice.settings import Settings


def provider(settings: Settings, database: Database, ourselves: httpx.AsyncClient) -> Provider:
    """The provider that the settings name; `ourselves` reaches this box office over HTTP."""
    chosen = settings.payments
    if chosen.provider == "stripe":
        # Imported here: the library takes half a second, and few need it.
        from tixmaster.boxoffice.payments.stripe import Stripe

        return Stripe(key=chosen.stripe_key, webhook_secret=chosen.stripe_webhook_secret, currency=chosen.currency)
    return Simulator(database, chosen.simulator_secret.encode(), ourselves)
