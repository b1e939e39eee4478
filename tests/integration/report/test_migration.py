"""A state of the release before: a mail that waits for two people is two deliveries afterwards, and is sent."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig

from tixmaster.oncall.store import open_database
from tixmaster.oncall.store.migrate import MIGRATIONS
from tixmaster.oncall.store.schema import outbox

from .conftest import LIN, MEI

BEFORE = (
    "INSERT INTO incident (number, fingerprint, alertname, service, severity, title, state, started_at, opened_at, run) "
    "VALUES (1, 'f', 'A', 'backend', 'critical', 't', 'open', '2026-03-01', '2026-03-01', 1)",
    "INSERT INTO outbox (key, incident, kind, subject, recipients, message_id, body, state, written_at, due_at) "
    """VALUES ('INC-1:page', 1, 'page', 's', '["mei@example.org", "lin@example.org"]', '<m>', X'00', 'waiting', """
    "'2026-03-01', '2026-03-01')",
)


def test_a_mail_that_waits_is_divided(tmp_path: Path) -> None:
    """Nobody loses it, and nobody gets it twice."""
    path = tmp_path / "oncall.sqlite"
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.set_main_option("path_separator", "os")
    engine = sa.create_engine(f"sqlite:///{path}", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0003")
        for statement in BEFORE:
            connection.exec_driver_sql(statement)
    engine.dispose()
    database = open_database(path)
    with database.read() as connection:
        rows = connection.execute(sa.select(outbox).order_by(outbox.c.id)).mappings().all()
    database.close()
    assert [(row["medium"], row["address"], row["state"]) for row in rows] == [
        ("mail", MEI, "waiting"),
        ("mail", LIN, "waiting"),
    ]
    assert [row["key"] for row in rows] == [f"INC-1:page>mail:{MEI}", f"INC-1:page>mail:{LIN}"]
