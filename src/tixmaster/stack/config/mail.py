"""Mail: who sends, who is woken, by which server."""

from __future__ import annotations

from pathlib import Path

from tixmaster.stack.config.record import Port, Record


class Smtp(Record, frozen=True, kw_only=True):
    """Where mail goes. Without `host` it goes to the built-in catcher and is shown in the console."""

    host: str | None = None
    port: Port = 587
    starttls: bool = True
    user: str | None = None
    password: str | None = None
    password_file: Path | None = None


class Mail(Record, frozen=True, kw_only=True):
    """Who sends and who is woken."""

    sender: str = "tixmaster@localhost"
    oncall: tuple[str, ...] = ("oncall@localhost",)
    smtp: Smtp = Smtp()
