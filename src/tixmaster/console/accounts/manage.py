"""Changing accounts. Each change is a row of the audit, in the same transaction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tixmaster.console.accounts.account import HASHER, Role, State
from tixmaster.console.accounts.errors import AccountError, UnknownAccountError
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.store import audit
from tixmaster.oncall.store.schema import account, api_token
from tixmaster.stack import secrets

FIRST_NAME = "admin"
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 1000
_NAME = re.compile(r"[A-Za-z0-9][\w.@+-]{0,99}")


@dataclass(frozen=True, kw_only=True)
class Who:
    """Who makes a change, and from where."""

    name: str
    address: str = audit.HERE


ITSELF = Who(name="oncall")


def ensure_administrator(desk: Desk) -> None:
    """Creates the account `admin` with the password of the secret `console-password` where there is no account yet."""
    with desk.database.read() as connection:
        if connection.execute(sa.select(account.c.name).limit(1)).first():
            return
    add(desk, FIRST_NAME, secrets.read(desk.config, "console-password"), "administrator")


def add(
    state: State, name: str, password: str | None, role: Role, *, who: Who = ITSELF, subject: str | None = None
) -> None:
    """Creates an account; without a password it signs in through the identity provider only. Raises `AccountError`."""
    if not _NAME.fullmatch(name):
        raise AccountError(
            "bad-name", f"{name!r} cannot be a name: letters, digits and . @ + - _, at most 100, no spaces"
        )
    hashed = None if password is None else _hashed(name, password)
    values = {"name": name, "password_hash": hashed, "role": role, "created_at": state.now(), "subject": subject}
    try:
        with state.database.write() as connection:
            connection.execute(sa.insert(account).values(**values))
            _note(state, connection, "account-created", f"{name}, {role}", who)
    except sa.exc.IntegrityError as error:
        raise AccountError("name-taken", f"there is an account {name} already, or an ended one") from error


def change_password(state: State, name: str, password: str, *, who: Who) -> None:
    """Gives the account another password, which ends its sessions; raises `AccountError`."""
    hashed = _hashed(name, password)
    with state.database.write() as connection:
        _change(connection, name, password_hash=hashed)
        _note(state, connection, "password-changed", name, who)


def change_role(state: State, name: str, role: Role, *, who: Who) -> None:
    """Lets the account do more or less; raises `AccountError` where nobody would be left to manage accounts."""
    with state.database.write() as connection:
        _change(connection, name, role=role)
        _check_somebody_manages(connection)
        _note(state, connection, "role-changed", f"{name}: {role}", who)


def end(state: State, name: str, *, who: Who) -> None:
    """Ends the account, its sessions and its tokens; its name stays on what it did. Raises `AccountError`."""
    with state.database.write() as connection:
        _change(connection, name, ended_at=state.now(), generation=account.c.generation + 1)
        _check_somebody_manages(connection)
        connection.execute(
            sa.update(api_token)
            .where(api_token.c.account == name, api_token.c.ended_at.is_(None))
            .values(ended_at=state.now())
        )
        _note(state, connection, "account-ended", name, who)


def restore(state: State, name: str, *, who: Who) -> None:
    """Lets an ended account in again."""
    with state.database.write() as connection:
        _change(connection, name, ended_at=None)
        _note(state, connection, "account-restored", name, who)


def sign_out_everywhere(state: State, name: str, *, who: Who) -> None:
    """Ends all sessions of the account."""
    with state.database.write() as connection:
        _change(connection, name, generation=account.c.generation + 1)
        _note(state, connection, "signed-out-everywhere", name, who)


def everybody(state: State) -> list[dict[str, Any]]:
    """All accounts, ended ones last, without what could open them."""
    columns = [column for column in account.c if column.name not in ("password_hash", "generation")]
    query = sa.select(*columns, account.c.password_hash.is_not(None).label("has_password"))
    with state.database.read() as connection:
        found = connection.execute(query.order_by(account.c.ended_at.is_not(None), account.c.name))
        return [dict(row) for row in found.mappings()]


def of_subject(state: State, subject: str) -> dict[str, Any] | None:
    """The account of somebody at the identity provider, ended or not; None where there is none yet."""
    query = sa.select(account.c.name, account.c.role, account.c.ended_at).where(account.c.subject == subject)
    with state.database.read() as connection:
        row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def _hashed(name: str, password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountError(
            "password-length",
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; this has {len(password)}",
        )
    if password.casefold() == name.casefold():
        raise AccountError("password-is-name", "a password must not be the name")
    return HASHER.hash(password)


def _change(connection: sa.Connection, name: str, **values: Any) -> None:
    if not connection.execute(sa.update(account).where(account.c.name == name).values(**values)).rowcount:
        raise UnknownAccountError(f"there is no account {name!r} (`tix account list`)")


def _check_somebody_manages(connection: sa.Connection) -> None:
    """Inside the transaction of a change, which is undone by the error."""
    left = connection.execute(
        sa.select(account.c.name).where(account.c.role == "administrator", account.c.ended_at.is_(None)).limit(1)
    ).first()
    if left is None:
        raise AccountError("last-administrator", "that would leave no administrator; make somebody else one first")


def _note(state: State, connection: sa.Connection, act: audit.Act, about: str, who: Who) -> None:
    audit.write(connection, act, about, by=who.name, at=state.now(), address=who.address)
