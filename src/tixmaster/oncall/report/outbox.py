"""The outbox: what is to leave the machine, a row for each message and destination.

A row is written in the transaction that decides on the message and sent afterwards, as often as it takes. It is marked as
sent after the other side took it. Should on-call die between the two, it is sent again under the same mark (`message_id`),
by which mail stores file a message once and trackers are searched before anything is written there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.store import timeline
from tixmaster.oncall.store.bilingual import columns
from tixmaster.oncall.store.lease import claimed
from tixmaster.oncall.store.schema import outbox
from tixmaster.oncall.store.upsert import insert
from tixmaster.stack.said import Said

Medium = Literal["mail", "chat", "tracker", "model"]
Destination = tuple[Medium, str]
"""A medium and an address in it: a mailbox, the name of a channel, the tracker."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 300.0
GIVE_UP = timedelta(days=3)
"""After which a message is old news: it is refused for good."""


WAITS = Said(
    "The message to {address} waits on disk and is tried again: {why}",
    "給 {address} 的訊息暫存於磁碟，將重新嘗試：{why}",
)
REFUSED = Said("The message to {address} was refused for good: {why}", "給 {address} 的訊息已確定遭拒：{why}")


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message to one destination; `key` is the message's own, the same for all destinations."""

    incident: int
    kind: str
    key: str
    medium: Medium
    address: str
    subject: str
    message_id: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The other side took it: the words for the timeline, and what else is to be written in the same transaction."""

    kind: timeline.Kind
    text: Said
    also: Sequence[sa.Executable] = ()


Deliver = Callable[[Desk, sa.RowMapping], Receipt]
"""Hands a row of the outbox to the other side; raises `DeliveryError`."""


def put(connection: sa.Connection, message: Message, now: datetime) -> bool:
    """Writes the message down; False where one with this key is there already for the destination."""
    row = insert(connection, outbox).values(
        key=f"{message.key}>{message.medium}:{message.address}",
        incident=message.incident,
        kind=message.kind,
        medium=message.medium,
        address=message.address,
        subject=message.subject,
        message_id=message.message_id,
        body=message.body,
        state="waiting",
        written_at=now,
        due_at=now,
    )
    return bool(connection.execute(row.on_conflict_do_nothing(index_elements=["key"])).rowcount)


def hasten(connection: sa.Connection, now: datetime) -> None:
    """Makes all that waits due: after a jump of the clock nobody knows how long it has waited already."""
    connection.execute(sa.update(outbox).where(outbox.c.state == "waiting", outbox.c.due_at > now).values(due_at=now))


def destinations_due(connection: sa.Connection, now: datetime) -> list[Destination]:
    """Where something is due to be sent, those that have waited longest first."""
    first = sa.func.min(outbox.c.due_at)
    rows = connection.execute(
        sa.select(outbox.c.medium, outbox.c.address).where(*_due(now)).group_by("medium", "address").order_by(first)
    )
    return [(medium, address) for medium, address in rows]


def due(desk: Desk, destination: Destination) -> AbstractContextManager[list[sa.RowMapping]]:
    """The rows of a destination that are due, ours until the block ends: of each incident the oldest that waits, so that
    none overtakes another."""
    medium, address = destination
    there = outbox.c.medium == medium, outbox.c.address == address
    return claimed(desk.database, outbox, *_due(desk.now()), *there, order_by=(outbox.c.due_at,))


def _due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    earlier = outbox.alias()
    overtaken = sa.exists().where(
        earlier.c.incident == outbox.c.incident,
        earlier.c.medium == outbox.c.medium,
        earlier.c.address == outbox.c.address,
        earlier.c.state == "waiting",
        earlier.c.id < outbox.c.id,
    )
    return outbox.c.state == "waiting", outbox.c.due_at <= now, ~overtaken


def sent(desk: Desk, row: sa.RowMapping, receipt: Receipt) -> None:
    """Marks a row as sent and says so on the timeline."""
    now = desk.now()
    with desk.database.write() as connection:
        _change(connection, row, state="sent", sent_at=now, attempts=row["attempts"] + 1, **columns(last_error=None))
        for statement in receipt.also:
            connection.execute(statement)
        timeline.append(
            connection,
            row["incident"],
            receipt.kind,
            receipt.text,
            at=now,
            key=f"sent:{row['key']}",
            message=row["kind"],
            to=row["address"],
        )


def put_off(desk: Desk, row: sa.RowMapping, error: DeliveryError, refused: timeline.Kind) -> None:
    """Sets the next attempt, or none where it cannot succeed; the first failure and the last are said on the timeline."""
    now, attempts = desk.now(), row["attempts"] + 1
    retry = error.retry and desk.age(row["written_at"]) < GIVE_UP
    pause = min(FIRST_PAUSE_SECONDS * 2.0 ** min(attempts - 1, 10), LONGEST_PAUSE_SECONDS) * random.uniform(0.5, 1.0)
    due_at = now + timedelta(seconds=max(pause, error.after_seconds))
    with desk.database.write() as connection:
        state = "waiting" if retry else "refused"
        _change(connection, row, state=state, attempts=attempts, due_at=due_at, **columns(last_error=error.words))
        if attempts == 1 or not retry:
            text = (WAITS if retry else REFUSED).filled(address=row["address"], why=error.words)
            timeline.append(connection, row["incident"], refused, text, at=now, to=row["address"])


def _change(connection: sa.Connection, row: sa.RowMapping, **values: object) -> None:
    connection.execute(sa.update(outbox).where(outbox.c.id == row["id"]).values(**values))
