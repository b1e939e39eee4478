"""The postman: carries the outbox to each destination on its own, so that one that hangs delays no other."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
import structlog

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.report import chat, outbox, smtp, summary
from tixmaster.oncall.report.outbox import Deliver, Destination, Medium
from tixmaster.oncall.report.trackers import carry
from tixmaster.oncall.store.timeline import Kind
from tixmaster.stack.said import said

log = structlog.get_logger(__name__)

MEDIA: Mapping[Medium, tuple[Deliver, Kind]] = {
    "mail": (smtp.deliver, "mail-refused"),
    "chat": (chat.deliver, "chat-refused"),
    "tracker": (carry.deliver, "tracker-refused"),
    "model": (summary.deliver, "model-refused"),
}
"""Each medium: what delivers in it, and what the timeline calls a failure."""
AT_ONCE = 16


class Postman:
    """Looks at the outbox whenever asked; destinations are served side by side, each by one thread at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="postman")
        self._served: set[Destination] = set()
        self._lock = threading.Lock()
        self._jumps: int | None = None  # an earlier process may have written by another clock

    def look(self) -> None:
        """Sends somebody to every destination that something is due for and nobody is at."""
        now, jumps = self._desk.now(), self._desk.clock.jumps
        if self._jumps != jumps:
            with self._desk.database.write() as connection:
                outbox.hasten(connection, now)
            self._jumps = jumps
        with self._desk.database.read() as connection:
            waiting = outbox.destinations_due(connection, now)
        for destination in waiting:
            with self._lock:
                if destination in self._served:
                    continue
                self._served.add(destination)
            self._pool.submit(self._serve, destination)

    def stop(self) -> None:
        """Ends after the messages that are under way; the others wait on disk."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _serve(self, destination: Destination) -> None:
        try:
            while round_trip(self._desk, destination):
                pass
        except Exception:
            log.exception("destination-failed", medium=destination[0], address=destination[1])
        finally:
            with self._lock:
                self._served.discard(destination)


def deliver_due(desk: Desk) -> int:
    """Delivers all that is due, one after the other; returns how many messages were taken."""
    with desk.database.read() as connection:
        waiting = outbox.destinations_due(connection, desk.now())
    taken = 0
    for destination in waiting:
        while (more := round_trip(desk, destination)) > 0:
            taken += more
    return taken


def round_trip(desk: Desk, destination: Destination) -> int:
    """Delivers what is due at a destination until it fails; returns how many messages were taken, 0 where it failed."""
    with outbox.due(desk, destination) as rows:
        return len(rows) if all(_deliver(desk, row) for row in rows) else 0


def _deliver(desk: Desk, row: sa.RowMapping) -> bool:
    deliver, refused = MEDIA[row["medium"]]
    try:
        receipt = deliver(desk, row)
    except DeliveryError as error:
        outbox.put_off(desk, row, error, refused)
        return False
    except Exception as error:  # a fault of ours must neither lose the message nor send it in a circle
        log.exception("delivery-failed", medium=row["medium"], address=row["address"], kind=row["kind"])
        failure = DeliveryError(
            said(
                "{kind} while it was delivered; the log of on-call says more",
                "遞送時發生 {kind}；詳情見值勤系統的 Log",
                kind=type(error).__name__,
            ),
            retry=True,
        )
        outbox.put_off(desk, row, failure, refused)
        return False
    outbox.sent(desk, row, receipt)
    return True
