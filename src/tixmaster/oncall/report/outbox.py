"""The outbox: a message is written in the transaction that decides on it and sent afterwards, as often as it takes.

It is marked as sent after the mail server took it. Should on-call die between the two, the message is sent again under the
same Message-ID, by which mail stores file it once.
"""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP

import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.report import smtp
from tixmaster.oncall.store import timeline
from tixmaster.oncall.store.schema import outbox
from tixmaster.oncall.store.upsert import insert

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2, 300


def put(connection: sa.Connection, desk: Desk, incident: int, kind: str, key: str, message: EmailMessage) -> None:
    """Writes the message down; nothing happens if one with this key is there already."""
    now = desk.now()
    written = connection.execute(
        insert(connection, outbox)
        .values(
            key=key,
            incident=incident,
            kind=kind,
            subject=str(message["Subject"]),
            recipients=list(desk.config.mail.oncall),
            message_id=str(message["Message-ID"]),
            body=message.as_bytes(policy=SMTP),
            state="waiting",
            written_at=now,
            due_at=now,
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )
    if written.rowcount:
        timeline.append(connection, incident, "mail-written", f"Mail written: {message['Subject']}", at=now)


def deliver_due(desk: Desk) -> int:
    """Sends what waits and is due; returns how many were sent. A failure sets the next attempt and is said once."""
    with desk.database.read() as connection:
        due = connection.execute(
            sa.select(outbox)
            .where(outbox.c.state == "waiting", outbox.c.due_at <= desk.now())
            .order_by(outbox.c.due_at, outbox.c.id)
        )
        messages = list(due.mappings())
    return sum(_deliver(desk, message) for message in messages)


def _deliver(desk: Desk, message: sa.RowMapping) -> bool:
    try:
        refused = smtp.send(desk.config, message["recipients"], message["body"])
    except DeliveryError as error:
        _put_off(desk, message, error)
        return False
    now = desk.now()
    with desk.database.write() as connection:
        connection.execute(
            sa.update(outbox)
            .where(outbox.c.id == message["id"])
            .values(state="sent", sent_at=now, attempts=message["attempts"] + 1, last_error=None)
        )
        timeline.append(
            connection,
            message["incident"],
            "mail-sent",
            f"Mail to {', '.join(name for name in message['recipients'] if name not in refused)}: {message['subject']}",
            at=now,
            key=f"mail-sent:{message['key']}",
            mail=message["kind"],
        )
        for recipient, words in refused.items():
            text = f"The mail server refuses {recipient}: {words}. Mend `oncall` under [mail] in tixmaster.toml."
            timeline.append(connection, message["incident"], "mail-refused", text, at=now)
    return True


def _put_off(desk: Desk, message: sa.RowMapping, error: DeliveryError) -> None:
    attempts = message["attempts"] + 1
    pause = timedelta(seconds=min(FIRST_PAUSE_SECONDS * 2 ** (attempts - 1), LONGEST_PAUSE_SECONDS))
    with desk.database.write() as connection:
        connection.execute(
            sa.update(outbox)
            .where(outbox.c.id == message["id"])
            .values(
                attempts=attempts,
                last_error=str(error),
                due_at=desk.now() + pause,
                state="waiting" if error.retry else "refused",
            )
        )
        if attempts == 1 or not error.retry:
            what = "waits on disk and is tried again" if error.retry else "was refused for good"
            timeline.append(connection, message["incident"], "mail-refused", f"The mail {what}: {error}", at=desk.now())
