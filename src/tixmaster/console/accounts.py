"""Accounts of the console: who may look and who may act."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.store.schema import account
from tixmaster.stack import secrets

Role = Literal["viewer", "responder", "administrator"]
ACTING: tuple[Role, ...] = ("responder", "administrator")
FIRST_NAME = "admin"

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody")
"""Verified where a name is unknown, so that the time of the answer does not tell which names exist."""
_at_once = threading.Semaphore(2)
"""A verification takes 64 MiB and 50 ms of a core; a flood of log-ins must not starve on-call."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody who is signed in. `seal` changes with the password, which ends the sessions that were opened before."""

    name: str
    role: Role
    seal: str

    @property
    def may_act(self) -> bool:
        """Whether the person may acknowledge, note, decide and close."""
        return self.role in ACTING


def ensure_administrator(desk: Desk) -> None:
    """Creates the account `admin` with the password of the secret `console-password` where there is no account yet."""
    with desk.database.read() as connection:
        if connection.execute(sa.select(account.c.name).limit(1)).first():
            return
    add(desk, FIRST_NAME, secrets.read(desk.config, "console-password"), "administrator")


def add(desk: Desk, name: str, password: str, role: Role) -> None:
    """Creates an account; raises SQLAlchemy's `IntegrityError` where the name is taken."""
    hashed = _hasher.hash(password)
    with desk.database.write() as connection:
        connection.execute(sa.insert(account).values(name=name, password_hash=hashed, role=role, created_at=desk.now()))


def find(desk: Desk, name: str) -> Account | None:
    """The account of that name, as it is now."""
    row = _row(desk, name)
    return None if row is None else _account(row)


def verify(desk: Desk, name: str, password: str) -> Account | None:
    """The account, where name and password belong together."""
    row = _row(desk, name)
    with _at_once:
        try:
            _hasher.verify(row["password_hash"] if row else _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return None
    return None if row is None else _account(row)


def _row(desk: Desk, name: str) -> sa.RowMapping | None:
    with desk.database.read() as connection:
        return connection.execute(sa.select(account).where(account.c.name == name)).mappings().one_or_none()


def _account(row: sa.RowMapping) -> Account:
    seal = hashlib.sha256(row["password_hash"].encode()).hexdigest()[:16]
    return Account(name=row["name"], role=row["role"], seal=seal)
