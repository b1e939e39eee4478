"""The on-call part and what the rules must know of the trade."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from tixmaster.http.peer import Networks
from tixmaster.stack.config.openid import OpenId
from tixmaster.stack.config.problems import Problem
from tixmaster.stack.config.record import Address, Record, Seconds
from tixmaster.stack.config.remedy import Remedy
from tixmaster.stack.config.report import Channel, EscalationStep, Language, Summary, Tracker

DatabaseUrl = Annotated[
    str, msgspec.Meta(pattern=r"^postgres(ql)?://[^/\s]+/[^/\s]+\Z", description="postgresql://user@host:5432/database")
]
"""As in `postgresql://oncall@db.example:5432/oncall`."""


class Oncall(Record, frozen=True, kw_only=True):
    """The on-call part: its SOP documents and its time limits."""

    sop: Path = Path("sop")
    remedy: Remedy = Remedy()
    checkout_seconds: Annotated[
        float, msgspec.Meta(ge=0, le=86_400, description="a number of seconds from 0 (never) to 86400 (a day)")
    ] = 60.0
    """How often the test shopper buys a ticket of the hidden event; 0: never."""
    language: Language = "en"
    """The language of mails and of the first half of a record (which always holds both)."""
    database: DatabaseUrl | None = None
    """The PostgreSQL database that keeps on-call's state, where several replicas share the work (docs/replicas.md);
    without it a SQLite file in the state folder does. Not the box office's: that one is among the things that break."""
    database_password_file: Path | None = None
    """A file with the password, where the address holds none."""
    records: Path | None = None
    """The folder of records and evidence, the same for all replicas; without it `records` in the state folder."""
    takeover_seconds: Seconds = 10.0
    """How long a replica may be silent before the others take over its work."""
    channels: tuple[Channel, ...] = ()
    escalation: tuple[EscalationStep, ...] = ()
    tracker: Tracker | None = None
    summary: Summary | None = None
    openid: OpenId | None = None
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks of our own reverse proxies, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."""

    def problems(self) -> Iterator[Problem]:
        for index, proxy in enumerate(self.trusted_proxies):
            try:
                Networks([proxy])
            except ValueError as error:
                said = f"trusted_proxies: {error}. Write an address or a network, for example 127.0.0.1 or 10.0.0.0/8."
                yield Problem(place=("trusted_proxies", index), said=said)
        names = [channel.name for channel in self.channels]
        for index, name in enumerate(names):
            if name in names[:index]:
                said = f"two channels are called {name}; a name must be one channel's. Rename one of them."
                yield Problem(place=("channels", index, "name"), said=said)
        for number, step in enumerate(self.escalation):
            for index, name in enumerate(step.channels):
                if name not in names:
                    said = f"escalation names the channel {name}, which is not among [[oncall.channels]]."
                    yield Problem(place=("escalation", number, "channels", index), said=said)

    def channel(self, name: str) -> Channel | None:
        """The channel of that name."""
        return next((channel for channel in self.channels if channel.name == name), None)


class Monitoring(Record, frozen=True, kw_only=True):
    """What the rules must know of a shop's trade; who measures PostgreSQL and the machine, where on-call does not itself."""

    order_deviations: Annotated[float, msgspec.Meta(gt=0, le=100, description="a number above 0, at most 100")] = 3.5
    """How many standard deviations (`stack/monitoring/objectives.py`) below the usual an order count may lie.
    Orders that come in bunches need more; `tix simulate orders` shows how much."""
    postgres_exporter: Address | None = None
    """A postgres_exporter that is running: Prometheus scrapes it, and on-call leaves PostgreSQL to it."""
    node_exporter: Address | None = None
    """A node_exporter that is running, likewise for disks, processors and memory."""
