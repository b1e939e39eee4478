"""The state database: what a transaction promises, whichever server keeps it.

| | SQLite | PostgreSQL |
|---|---|---|
| `read()` | one snapshot (WAL); never waits for the writer | one snapshot (REPEATABLE READ); never waits |
| `write()` | one writer at a time (BEGIN IMMEDIATE) | one writer at a time (advisory lock), READ COMMITTED behind it |
| committed | on disk (`synchronous=FULL`) | on disk (`synchronous_commit`) |

So whoever reads and then writes within one `write()` needs no other lock, and ids are given in the order of the commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from tixmaster.oncall.errors import GivenUpError, StateBusyError, StateDamagedError
from tixmaster.oncall.store import integrity
from tixmaster.oncall.store.trouble import passes, words
from tixmaster.oncall.store.turns import Turns

BUSY_SECONDS = 5
"""How long a transaction waits for the writer before it; then it fails, and whoever asked tries again."""


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """The statements that begin a transaction, in the words of the server."""

    read: tuple[str, ...]
    write: tuple[str, ...]


class Database:
    """A handle on the state: `read()` and `write()` give a connection inside a transaction.

    Both raise SQLAlchemy's `OperationalError` where the server is away, the disk is full or somebody holds the lock, and
    `StateDamagedError` where the file is damaged.
    """

    def __init__(self, engine: sa.Engine, beginning: Beginning, *, shared: bool, file: Path | None = None) -> None:
        self.engine = engine
        self.file = file
        """The SQLite file; None where a server keeps the state."""
        self.damage: StateDamagedError | None = None
        """What was found damaged. It stays until the next start: nothing repairs a file while it is in use."""
        self.shared = shared
        """Whether other processes may work on it, too (PostgreSQL)."""
        self.replica = 0
        """Which of the replicas this process is (`replicas.py`); 0: none."""
        self.written = 0
        """How often this process has written something."""
        self.trouble: str | None = None
        """Why the last `write()` failed, where it did and the reason is one that passes."""
        self.in_hand: set[tuple[str, int]] = set()
        """The rows, by table and id, that a thread of this process has claimed (`lease.py`)."""
        self.given_up: Callable[[], None] = lambda: None
        """Called when the other replicas took this one for dead."""
        self.committed: Callable[[], None] = lambda: None
        """Called after each `write()` in its thread; it must not wait for anything."""
        self._beginning = beginning
        self._turns = Turns()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A consistent view of one moment for all that is read."""
        with self._naming_damage(), self.engine.connect() as connection:
            try:
                _execute(connection, self._beginning.read)
                yield connection
            finally:
                _roll_back(connection)

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that is alone from its first moment and on disk when the block ends.

        Raises `StateBusyError` where the writers of this process before it take too long, and `GivenUpError` where the
        other replicas took this one for dead: what it was at is theirs now.
        """
        with self._in_turn() as connection:
            yield connection
        self.committed()

    @contextmanager
    def trial(self) -> Iterator[sa.Connection]:
        """As `write()`, for a row that only says that writing works: nobody is told, and it counts as no change."""
        with self._in_turn(counts=False) as connection:
            yield connection

    @contextmanager
    def _in_turn(self, *, counts: bool = True) -> Iterator[sa.Connection]:
        with self._noting_trouble():
            if not self._turns.take(BUSY_SECONDS):
                raise StateBusyError(
                    f"another writer of this process has held the state for {BUSY_SECONDS} s; try again."
                )
            try:
                with self._alone(counts=counts) as connection:
                    yield connection
            finally:
                self._turns.done()

    @contextmanager
    def _alone(self, *, counts: bool) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection:
            try:
                _execute(connection, self._beginning.write)
                if self.shared and self.replica:
                    self._insist_on_living(connection)
                yield connection
                connection.exec_driver_sql("COMMIT")
                self.written += counts
            except BaseException:
                _roll_back(connection)
                raise

    @contextmanager
    def single(self) -> Iterator[sa.Connection]:
        """For one statement on one row of one's own, which need not wait for the writer's lock."""
        with self._noting_trouble(), self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _noting_trouble(self) -> Iterator[None]:
        try:
            with self._naming_damage():
                yield
        except Exception as error:
            if passes(error):
                self.trouble = words(error)
            raise
        self.trouble = None

    @contextmanager
    def _naming_damage(self) -> Iterator[None]:
        if self.file is None:
            yield
            return
        try:
            with integrity.naming_damage(self.file):
                yield
        except StateDamagedError as error:
            self.damage = error
            raise

    def _insist_on_living(self, connection: sa.Connection) -> None:
        alive = connection.execute(sa.text("SELECT 1 FROM replica WHERE id = :id"), {"id": self.replica}).first()
        if alive is None:
            self.given_up()
            raise GivenUpError(
                f"replica {self.replica} was silent for too long, and another has taken over its work. It must start anew."
            )


def _execute(connection: sa.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def _roll_back(connection: sa.Connection) -> None:
    """Ends the transaction; where there is none, or nobody to tell, it has ended already."""
    with suppress(sa.exc.DBAPIError):
        connection.exec_driver_sql("ROLLBACK")
