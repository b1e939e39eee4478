"""The tables of on-call's state. The migrations build the same; a test compares the two.

Invariants live here, as CHECKs and unique indexes, each with a word on who relies on it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware datetime, kept in UTC also where the database has no zones (SQLite)."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a datetime without a zone cannot be stored: {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Text(sa.TypeDecorator[str]):
    """Text in which NUL and lone surrogates, which PostgreSQL or UTF-8 do not take, are replaced: what services, alerts and
    people write must not make a row impossible to store or a search impossible to answer."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: sa.Dialect) -> str | None:
        return None if value is None else _NOT_STORABLE.sub("\ufffd", value)


class Json(sa.TypeDecorator[Any]):
    """JSON with the same done to every text in it."""

    impl = sa.JSON
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: sa.Dialect) -> Any:
        return _storable(value)


_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def _storable(value: Any) -> Any:
    match value:
        case str():
            return _NOT_STORABLE.sub("\ufffd", value)
        case dict():
            return {_storable(key): _storable(item) for key, item in value.items()}
        case list() | tuple():
            return [_storable(item) for item in value]
        case _:
            return value


metadata = sa.MetaData()


def _table(name: str, *columns: sa.schema.SchemaItem, **options: Any) -> sa.Table:
    return sa.Table(name, metadata, *columns, **options)


def _one_of(column: str, *values: str) -> sa.CheckConstraint:
    """The closed set of a state column."""
    return sa.CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=f"{column}_is_known")


def _only_where(condition: sa.ColumnElement[bool]) -> dict[str, Any]:
    """What makes an index a partial one, whichever server keeps the state."""
    return {"sqlite_where": condition, "postgresql_where": condition}


def _index_of(server: str, name: str, *columns: sa.Column[Any], where: sa.ColumnElement[bool]) -> None:
    """A partial index that only one kind of server has."""
    sa.Index(name, *columns, info={"server": server}, **_only_where(where)).ddl_if(dialect=server)


def _chinese(name: str) -> sa.Column[Any]:
    """The Chinese beside the English text of the column `name` (`bilingual.py`); empty where an older version wrote it."""
    return sa.Column(f"{name}_zh", Text, nullable=False, server_default="")


def _chinese_list(name: str) -> sa.Column[Any]:
    """The same for a list of texts."""
    return sa.Column(f"{name}_zh", Json, nullable=False, server_default="[]")


def _incident_number() -> sa.Column[Any]:
    return sa.Column("incident", sa.Integer, sa.ForeignKey("incident.number"), nullable=False)


alert_event = _table(
    "alert_event",
    sa.Column("id", sa.Integer, primary_key=True),
    # Intake relies on it: Alertmanager is at-least-once, and a repeated delivery must not be a second event.
    sa.Column("key", Text, nullable=False, unique=True),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("fingerprint", Text, nullable=False),
    sa.Column("status", Text, nullable=False),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime),
    sa.Column("labels", Json, nullable=False),
    sa.Column("annotations", Json, nullable=False),
    sa.Column("generator_url", Text, nullable=False),
    # What was replaced at intake, with the original value, in words (`normalize.py`).
    sa.Column("notes", Json, nullable=False, server_default="[]"),
    _chinese_list("notes"),
    # What the incident stage made of it; null until then.
    sa.Column("decision", Text),
    sa.Column("decided_at", UtcDateTime),
    sa.CheckConstraint("status IN ('firing', 'resolved')", name="status_is_known"),
)
sa.Index("alert_event_waiting", alert_event.c.id, **_only_where(alert_event.c.decision.is_(None)))

# Reconciliation relies on its speed: it asks every minute which firing an alert's events tell of.
sa.Index("alert_event_fingerprint", alert_event.c.fingerprint)

# Alerts and whole requests that led to no event, and events that no decision could be taken on (`rejections.py`). The newest
# rows only: whoever writes removes the others.
rejected_alert = _table(
    "rejected_alert",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("detail", Text, nullable=False),
    _chinese("detail"),
    # The beginning of what was sent, redacted.
    sa.Column("excerpt", Text, nullable=False),
    sa.Column("source", Text, nullable=False),
    _one_of(
        "reason",
        "not-a-webhook",
        "invalid-utf-8",
        "too-deep",
        "too-large",
        "too-many-alerts",
        "not-an-alert",
        "no-status",
        "no-labels",
        "no-alertname",
        "undecidable",
    ),
    sqlite_autoincrement=True,  # the number of rows is bounded by their ids
)

incident = _table(
    "incident",
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("fingerprint", Text, nullable=False),
    sa.Column("alertname", Text, nullable=False),
    sa.Column("service", Text, nullable=False),
    sa.Column("severity", Text, nullable=False),
    sa.Column("title", Text, nullable=False),
    _chinese("title"),
    sa.Column("state", Text, nullable=False),
    sa.Column("drill", Text),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("acknowledged_at", UtcDateTime),
    sa.Column("assigned_to", Text),
    # The incident that it became a part of.
    sa.Column("merged_into", sa.Integer, sa.ForeignKey("incident.number")),
    sa.Column("resolved_at", UtcDateTime),
    sa.Column("closed_at", UtcDateTime),
    # `run` counts investigations asked for; the other two, those handed to the workflow engine and those that ended.
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("run_started", sa.Integer, nullable=False, server_default="0"),
    sa.Column("run_ended", sa.Integer, nullable=False, server_default="0"),
    _one_of("state", "open", "resolved", "closed"),
)
# The incident stage relies on it: one open incident per fingerprint, whatever arrives at once.
sa.Index("incident_open_fingerprint", incident.c.fingerprint, unique=True, **_only_where(incident.c.state != "closed"))
sa.Index("incident_by_state", incident.c.state, incident.c.number)
# What is counted over the last weeks relies on it, at each scrape.
sa.Index("incident_by_opening", incident.c.opened_at)

incident_alert = _table(
    "incident_alert",
    _incident_number(),
    sa.Column("fingerprint", Text, nullable=False),
    sa.Column("alertname", Text, nullable=False),
    sa.Column("service", Text, nullable=False),
    sa.Column("status", Text, nullable=False),
    sa.Column("labels", Json, nullable=False),
    sa.Column("annotations", Json, nullable=False),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime),
    sa.PrimaryKeyConstraint("incident", "fingerprint"),
)
# The incident stage relies on their speed: it asks both for each event of a storm.
sa.Index("incident_alert_fingerprint", incident_alert.c.fingerprint)
sa.Index("incident_alert_status", incident_alert.c.incident, incident_alert.c.status)

timeline = _table(
    "timeline",
    sa.Column("id", sa.Integer, primary_key=True),
    _incident_number(),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("text", Text, nullable=False),
    _chinese("text"),
    sa.Column("by", Text, nullable=False),
    sa.Column("data", Json, nullable=False),
    # Stages rely on it: a stage that is carried out again after a crash writes its rows once.
    sa.Column("key", Text),
    sa.UniqueConstraint("incident", "key"),
)
sa.Index("timeline_by_incident", timeline.c.incident, timeline.c.id)
# The search of incidents relies on its speed: notes are few among the rows, and all of them are read. SQLite reads their text
# from the index; PostgreSQL's take no long texts.
_note = timeline.c.kind == "note"
_index_of("sqlite", "timeline_note_texts", timeline.c.incident, timeline.c.kind, timeline.c.text, where=_note)
_index_of("postgresql", "timeline_notes", timeline.c.incident, where=_note)
# The audit relies on it: what people did, among all that happened.
sa.Index(
    "timeline_by_people",
    timeline.c.at,
    **_only_where(timeline.c.by.not_in(["oncall", "prometheus", "alertmanager"])),
)

finding = _table(
    "finding",
    _incident_number(),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("key", Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("title", Json, nullable=False),
    sa.Column("status", Text, nullable=False),
    sa.Column("value", Json, nullable=False),
    sa.Column("reason", Text, nullable=False),
    _chinese("reason"),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.PrimaryKeyConstraint("incident", "run", "key"),
    _one_of("status", "ok", "failed", "skipped", "error"),
)

artefact = _table(
    "artefact",
    _incident_number(),
    sa.Column("id", Text, nullable=False),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("title", Text, nullable=False),
    _chinese("title"),
    sa.Column("path", Text),
    sa.Column("sha256", Text),
    sa.Column("taken_at", UtcDateTime, nullable=False),
    sa.Column("status", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    _chinese("reason"),
    sa.PrimaryKeyConstraint("incident", "id"),
    _one_of("status", "ok", "failed", "skipped"),
    # The manifest relies on it: an artefact that was taken has a file and a hash.
    sa.CheckConstraint("status <> 'ok' OR (path IS NOT NULL AND sha256 IS NOT NULL)", name="taken_is_hashed"),
)

cause = _table(
    "cause",
    _incident_number(),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("id", Text, nullable=False),
    sa.Column("title", Json, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("because", Json, nullable=False),
    _chinese_list("because"),
    sa.Column("contradicts", Json, nullable=False, server_default="[]"),
    _chinese_list("contradicts"),
    # How often drills have had this cause named, and how often rightly: what the confidence is counted from.
    sa.Column("practice", Json, nullable=False, server_default="{}"),
    sa.Column("evidence", Json, nullable=False),
    sa.Column("steps", Json, nullable=False),
    sa.PrimaryKeyConstraint("incident", "run", "rank"),
)
# The list of incidents relies on it: it offers every cause that there was, by the name that it had last.
sa.Index("cause_by_id", cause.c.id, cause.c.incident)

action = _table(
    "action",
    sa.Column("id", sa.Integer, primary_key=True),
    _incident_number(),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("service", Text, nullable=False),
    sa.Column("cause", Text, nullable=False),
    sa.Column("command", Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("proposed_at", UtcDateTime, nullable=False),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("decided_by", Text),
    sa.Column("started_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("result", Text),
    _chinese("result"),
    # The process that the service had right before the act; another one means that it was restarted.
    sa.Column("pid_before", sa.Integer),
    # What Prometheus said of the services right before the act and at the end of its verification.
    sa.Column("before", Json, nullable=False, server_default="[]"),
    sa.Column("after", Json, nullable=False, server_default="[]"),
    # The remedy stage relies on it: a service is restarted once for one cause of one incident.
    sa.UniqueConstraint("incident", "kind", "service", "cause"),
    _one_of("state", "proposed", "approved", "declined", "running", "done", "failed", "withdrawn"),
)

# What leaves the machine: a row for each message and destination, so that one that is away holds up no other.
outbox = _table(
    "outbox",
    sa.Column("id", sa.Integer, primary_key=True),
    # Report relies on it: a message is written down once for a destination, however often its stage is carried out.
    sa.Column("key", Text, nullable=False, unique=True),
    _incident_number(),
    sa.Column("kind", Text, nullable=False),
    sa.Column("medium", Text, nullable=False),
    sa.Column("address", Text, nullable=False),
    sa.Column("subject", Text, nullable=False),
    # By what the other side knows a message that it got before: the Message-ID of a mail, a mark in a tracker's text.
    sa.Column("message_id", Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("written_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_error", Text),
    _chinese("last_error"),
    sa.Column("sent_at", UtcDateTime),
    # Which replica is at it (`lease.py`).
    sa.Column("claimed_by", sa.Integer),
    _one_of("state", "waiting", "sent", "refused"),
    _one_of("medium", "mail", "chat", "tracker", "model"),
)
sa.Index("outbox_waiting", outbox.c.due_at, **_only_where(outbox.c.state == "waiting"))
sa.Index("outbox_by_incident", outbox.c.incident, outbox.c.id)

# The issue of an incident in the tracker: its name there, once it has one, and how much of the incident it was told.
ticket = _table(
    "ticket",
    sa.Column("incident", sa.Integer, sa.ForeignKey("incident.number"), primary_key=True),
    sa.Column("reference", Text),
    sa.Column("url", Text),
    sa.Column("closed", sa.Boolean, nullable=False),
    sa.Column("told", sa.Integer, nullable=False),
)

# Planned work that somebody announced: alerts of the service open no incident meanwhile, and nothing is restarted.
maintenance = _table(
    "maintenance",
    sa.Column("id", sa.Integer, primary_key=True),
    # Null: of everything.
    sa.Column("service", Text),
    sa.Column("title", Text, nullable=False),
    sa.Column("begins_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("by", Text, nullable=False),
    # The silence that Alertmanager keeps for it; null until it has been made.
    sa.Column("silence", Text),
    sa.CheckConstraint("begins_at < ends_at", name="begins_before_it_ends"),
)
sa.Index("maintenance_by_end", maintenance.c.ends_at)

# Small facts with one value: the drill in force, the Watchdog's last beat.
fact = _table(
    "fact",
    sa.Column("name", Text, primary_key=True),
    sa.Column("value", Json, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

account = _table(
    "account",
    sa.Column("name", Text, primary_key=True),
    # Null: it signs in through the identity provider only.
    sa.Column("password_hash", Text),
    sa.Column("role", Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    # Sessions name it; counting it up ends all that are open.
    sa.Column("generation", sa.Integer, nullable=False, server_default="0"),
    # Who it is at the identity provider. Log-in relies on it: one person there is one account here.
    sa.Column("subject", Text, unique=True),
    _one_of("role", "viewer", "responder", "administrator"),
)

# Sessions of the console that somebody has signed out of, until they would have ended by themselves: the cookie of such a
# session opens nothing any more, on whichever replica. A session that is open is in its cookie only.
ended_session = _table(
    "ended_session",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("ends_at", UtcDateTime, nullable=False),
)

api_token = _table(
    "api_token",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account", Text, sa.ForeignKey("account.name"), nullable=False),
    sa.Column("title", Text, nullable=False),
    # SHA-256 of the token, which has 256 random bits: nothing that a guess could find.
    sa.Column("token_hash", Text, nullable=False, unique=True),
    sa.Column("role", Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("used_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    _one_of("role", "viewer", "responder", "administrator"),
)

# Who did what outside of incidents; what concerns an incident stands on its timeline.
audit = _table(
    "audit",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("by", Text, nullable=False),
    sa.Column("act", Text, nullable=False),
    sa.Column("about", Text, nullable=False),
    sa.Column("address", Text, nullable=False),
)
sa.Index("audit_newest", audit.c.at)

# The processes that work on this state and live. Claims (`lease.py`) and writes (`database.py`) rely on it.
replica = _table(
    "replica",
    sa.Column("id", sa.Integer, primary_key=True),
    # Whose state folder: a process that starts on it is proof that the one before it on the same folder is dead.
    sa.Column("home", Text, nullable=False),
    sa.Column("host", Text, nullable=False),
    sa.Column("beat", sa.Integer, nullable=False, server_default="0"),
    sa.Column("joined_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,  # an id that has died does not come back
)
