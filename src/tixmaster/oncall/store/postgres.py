"""The state in a PostgreSQL database: for several replicas that share the work.

The writer's lock is an advisory lock of the transaction, so it ends with it, whatever becomes of the process. A process
whose machine is gone, or that hangs with the lock in its hand, loses its connection: see `PATIENCE`.
"""

from __future__ import annotations

import sqlalchemy as sa

from tixmaster.oncall.errors import StateError
from tixmaster.oncall.store.database import BUSY_SECONDS, Beginning, Database
from tixmaster.oncall.store.migrate import migrate

WRITER = 0x7469786D  # "tixm"; advisory locks are numbers, and this one is ours within our database
BEGINNING = Beginning(
    read=("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",),
    # READ COMMITTED: the statements after the lock see what the writer before has committed.
    write=("BEGIN ISOLATION LEVEL READ COMMITTED", f"SELECT pg_advisory_xact_lock({WRITER})"),
)
CONNECT_SECONDS = 5
PATIENCE = {
    "lock_timeout": f"{BUSY_SECONDS}s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "synchronous_commit": "on",
}
"""What each of our sessions asks of the server."""


def open_server(url: sa.URL) -> Database:
    """Connects to the database at `url` and brings it to the newest schema; raises `StateError` where that cannot be."""
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        execution_options={
            "preserve_rowcount": True
        },  # how many rows an INSERT … ON CONFLICT has written, as in SQLite
        pool_size=16,
        pool_pre_ping=True,  # connections that did not survive a restart of the server are replaced unseen
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "tixmaster-oncall",
            "options": " ".join(f"-c {name}={value}" for name, value in PATIENCE.items()),
        },
    )
    try:
        migrate(engine, BEGINNING.write)
    except sa.exc.OperationalError as error:
        engine.dispose()
        raise StateError(
            f"the state database {url.render_as_string()} cannot be used: {' '.join(str(error.orig).split())} On-call keeps "
            "its state there (`database` under [oncall] in tixmaster.toml) and starts when it can be reached."
        ) from error
    return Database(engine, BEGINNING, shared=True)
