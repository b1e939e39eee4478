"""Replicas: the processes that share the work, who of them lives, who leads, and who takes over from the dead.

Each has a row and counts its beat up. Whose beat has stood still for `takeover_seconds` of another's own watch is taken
off the list: its claims are free (`store/lease.py`), its writes are refused (`store/database.py`), its runs go on elsewhere.
Clocks are never compared, so none that jumps or is wrong can kill anybody; the same way Kubernetes elects its leaders
(pkg.go.dev/k8s.io/client-go/tools/leaderelection).

A process alone on a SQLite file is a replica like any other; the lock on its state folder says that the one before is dead.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa
import structlog
from dbos import DBOS

from tixmaster.oncall.store import Database
from tixmaster.oncall.store.schema import replica
from tixmaster.stack.config import Config

log = structlog.get_logger(__name__)

BEATS = 5
"""So many fit into the time after which a replica counts as dead."""
JOIN_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Another's beat, and when on our own watch it was first seen at that."""

    beat: int
    since: float


class Replicas:
    """This process among the others. `given_up` is called when the others took it for dead; it must end at once."""

    def __init__(
        self,
        config: Config,
        database: Database,
        given_up: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._given_up = given_up
        self._clock = clock
        self._patience = config.oncall.takeover_seconds
        self._home = _home(config)
        self._others: dict[int, Seen] = {}
        self.settled: Callable[[], None] = lambda: None
        """Called once in a process alone on a file, when all that it took up at its start has begun."""
        self._is_settled = False
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def executor(self) -> str:
        """What the workflow engine calls this replica."""
        return executor_of(self._database.replica)

    def join(self, now: datetime) -> None:
        """Puts this process on the list, in the place of the one before it on the same state folder."""
        self._database.given_up = self._given_up
        with self._database.write() as connection:
            connection.execute(sa.delete(replica).where(replica.c.home == self._home))
            row = sa.insert(replica).values(home=self._home, host=socket.gethostname(), joined_at=now)
            self._database.replica = connection.execute(row.returning(replica.c.id)).scalar_one()

    def watch(self) -> None:
        """Beats, beside others, from now on, and takes the silent ones off the list. To be called right after `join`, so
        that a machine that is slow to start the rest is not taken for dead."""
        if self._database.shared:
            self._repeat(self.look)

    def start(self) -> None:
        """Takes up what the dead left, now and, beside others, from now on. The workflow engine must run."""
        self.inherit()
        self._repeat(self.inherit if self._database.shared else self.probe)

    def stop(self) -> None:
        """Stops counting; the others, or the next process on this folder, take over what is not done."""
        self._stop.set()
        for thread in self._threads:
            thread.join(JOIN_SECONDS)

    def leads(self) -> bool:
        """Whether this is the oldest of the living: it does what one replica at a time does. On a file it is alone."""
        if not self._database.shared:
            return True
        with self._database.read() as connection:
            oldest = connection.execute(sa.select(sa.func.min(replica.c.id))).scalar_one()
        return bool(oldest == self._database.replica)

    def look(self) -> None:
        """One beat: says that this one lives, and takes the silent ones off the list."""
        try:
            alive, silent = self._beat(), self._silent()
        except sa.exc.SQLAlchemyError:
            self._others.clear()  # who could not be asked was not silent
            raise
        if not alive:
            self._given_up()
            return
        for other in silent:
            self._bury(other)

    def _beat(self) -> bool:
        """Counts up; whether this one is still on the list."""
        with self._database.single() as connection:
            counted = connection.execute(
                sa.update(replica).where(replica.c.id == self._database.replica).values(beat=replica.c.beat + 1)
            )
            return bool(counted.rowcount)

    def _silent(self) -> list[sa.Row[int, int, str]]:
        """The others whose beat has stood still for too long."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(replica.c.id, replica.c.beat, replica.c.host).where(replica.c.id != self._database.replica)
            ).all()
        now = self._clock()
        before, self._others = self._others, {}
        for row in rows:
            seen = before.get(row.id)
            self._others[row.id] = seen if seen and seen.beat == row.beat else Seen(beat=row.beat, since=now)
        return [row for row in rows if now - self._others[row.id].since >= self._patience]

    def _bury(self, other: sa.Row[int, int, str]) -> bool:
        """Takes it off the list, unless it has come back or somebody was faster."""
        with self._database.write() as connection:
            gone = connection.execute(sa.delete(replica).where(replica.c.id == other.id, replica.c.beat == other.beat))
        if gone.rowcount:
            log.warning("replica-taken-over", replica=other.id, host=other.host, silent_seconds=self._patience)
        return bool(gone.rowcount)

    def probe(self) -> None:
        """Whether a state that could not be written can be again; who asks after our health wants to know. And whether
        what was taken up has begun."""
        if self._database.trouble:
            self._beat()
        if not self._is_settled and not DBOS.list_workflows(status="ENQUEUED", load_input=False, load_output=False):
            self._is_settled = True
            self.settled()

    def inherit(self) -> None:
        """Takes up the runs of whoever is not on the list; that two replicas do it changes nothing."""
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        with self._database.read() as connection:
            living = {executor_of(number) for number in connection.execute(sa.select(replica.c.id)).scalars()}
        dead = {run.executor_id for run in pending if run.executor_id} - living
        if dead:
            log.info("runs-taken-over", executors=sorted(dead))
            DBOS._recover_pending_workflows(sorted(dead))

    def _repeat(self, work: Callable[[], None]) -> None:
        """Begins to do it again and again, until `stop`."""
        thread = threading.Thread(target=self._rounds, args=(work,), name=f"replica-{work.__name__}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _rounds(self, work: Callable[[], None]) -> None:
        """An error is logged and the next round tries again."""
        while not self._stop.wait(self._patience / BEATS):
            try:
                work()
            except Exception:
                log.exception("round-failed", loop=threading.current_thread().name)


def executor_of(number: int) -> str:
    """The workflow engine's name for a replica."""
    return f"replica-{number}"


def end_at_once() -> None:
    """Ends this process as `kill -9` would: what it is at belongs to another, and must not be finished here."""
    log.critical("replica-given-up", advice="it was silent for too long; the service manager starts it anew")
    os._exit(1)


def _home(config: Config) -> str:
    """The name of the state folder, made once; its lock lets one process at a time work on it."""
    file = config.var / "oncall" / "replica"
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_suffix(".draft")
        draft.write_text(uuid4().hex, encoding="ascii")
        draft.replace(file)
    return file.read_text(encoding="ascii")
