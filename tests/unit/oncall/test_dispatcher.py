"""The dispatcher rests only while nothing is under way."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from tixmaster.oncall import close
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.dispatcher import Dispatcher
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.intake import store
from tixmaster.oncall.metrics import OncallMetrics
from tixmaster.oncall.pipeline import Pipeline
from tixmaster.oncall.report import outbox
from tixmaster.oncall.store.schema import incident
from tixmaster.oncall.store.schema import outbox as messages

from .conftest import Webhook


def test_it_rests_only_while_nothing_is_under_way(desk: Desk, webhook: Webhook) -> None:
    """From the event to the last message there is something that may become due by itself."""
    dispatcher = Dispatcher(desk, cast(Pipeline, None), OncallMetrics(CollectorRegistry()))
    assert dispatcher._rests()
    store(desk, webhook())
    assert not dispatcher._rests()  # an event waits
    absorb_waiting(desk)
    assert not dispatcher._rests()  # an incident is open
    close.finish(desk, 1)
    assert not dispatcher._rests()  # its run has not ended
    with desk.database.write() as connection:
        connection.execute(sa.update(incident).values(run_ended=incident.c.run))
    assert dispatcher._rests()
    message = outbox.Message(
        incident=1,
        kind="recovered",
        key="one",
        medium="mail",
        address="a@b.example",
        subject="",
        message_id="<1@b.example>",
        body=b"",
    )
    with desk.database.write() as connection:
        outbox.put(connection, message, desk.now())
    assert not dispatcher._rests()  # a message waits
    with desk.database.write() as connection:
        connection.execute(sa.update(messages).values(state="sent"))
    assert dispatcher._rests()
