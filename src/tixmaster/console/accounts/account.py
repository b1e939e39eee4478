"""An account, and whether name and password belong together."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, get_args

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tixmaster.oncall.store import Database
from tixmaster.oncall.store.schema import account, ended_session

Role = Literal["viewer", "responder", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
"""From the one that may least to the one that may most."""
ACTING: tuple[Role, ...] = ("responder", "administrator")

HASHER = PasswordHasher()
_NOBODY = HASHER.hash("nobody")
"""Verified where a name is unknown, so that the time of the answer does not tell which names exist."""
_at_once = threading.Semaphore(2)
"""A verification takes 64 MiB and 50 ms of a core; a flood of log-ins must not starve on-call."""


class State(Protocol):
    """The part of the desk that accounts need; the command line has no more."""

    @property
    def database(self) -> Database: ...

    @property
    def now(self) -> Callable[[], datetime]: ...


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

    @property
    def may_manage(self) -> bool:
        """Whether the person may change accounts and read the audit."""
        return self.role == "administrator"


def find(state: State, name: str) -> Account | None:
    """The account of that name, as it is now; None where there is none, or it has been ended."""
    row = _row(state, name)
    return None if row is None else account_of(row)


def find_signed_in(state: State, name: str, session: str) -> Account | None:
    """The same, and None where that session has been ended: one read, as every request asks."""
    row = _row(state, name, _SIGNED_IN, session=session)
    return None if row is None else account_of(row)


def acting(state: State) -> list[str]:
    """The names of those who may act, in their order."""
    named = sa.select(account.c.name).where(account.c.ended_at.is_(None), account.c.role.in_(ACTING))
    with state.database.read() as connection:
        return list(connection.execute(named.order_by(account.c.name)).scalars())


def verify(state: State, name: str, password: str) -> Account | None:
    """The account, where name and password belong together."""
    row = _row(state, name)
    hashed = row["password_hash"] if row else None
    with _at_once:
        try:
            HASHER.verify(hashed or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return None
    return account_of(row) if row and hashed else None


def account_of(row: sa.RowMapping) -> Account:
    """The account that a row stands for."""
    sealed = f"{row['password_hash']}|{row['generation']}"
    return Account(name=row["name"], role=row["role"], seal=hashlib.sha256(sealed.encode()).hexdigest()[:16])


_BY_NAME = sa.select(account).where(account.c.name == sa.bindparam("name"), account.c.ended_at.is_(None))
_SIGNED_IN = _BY_NAME.where(~sa.exists().where(ended_session.c.id == sa.bindparam("session")))
"""Made once: putting a statement together takes longer than the read."""


def _row(state: State, name: str, query: sa.Select[Any] = _BY_NAME, **values: str) -> sa.RowMapping | None:
    if not name.isprintable():  # no account's name, and PostgreSQL takes no NUL
        return None
    with state.database.read() as connection:
        return connection.execute(query, {"name": name, **values}).mappings().one_or_none()
