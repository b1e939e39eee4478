"""Personal API tokens: for programs that act in a person's name, with at most the person's role."""

from __future__ import annotations

import hashlib
import secrets as randomness
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tixmaster.console.accounts.account import ROLES, Account, Role, State
from tixmaster.console.accounts.errors import AccountError, UnknownAccountError
from tixmaster.console.accounts.manage import Who
from tixmaster.oncall.store import audit
from tixmaster.oncall.store.schema import account, api_token

PREFIX = "tix_"
"""By which secret scanners, and our own redaction, know a token."""
LONGEST = timedelta(days=366)
USED_EVERY = timedelta(minutes=1)
"""How exactly the last use is known: a write at each request would cost more than the request."""


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """Whom a token speaks for, and what it may do."""

    name: str
    role: Role

    @property
    def may_act(self) -> bool:
        """Whether it may change anything."""
        return self.role != "viewer"


def create(state: State, owner: Account, title: str, role: Role, *, days: int, address: str) -> str:
    """The new token, which is shown once and kept as a hash only; raises `AccountError`."""
    if ROLES.index(role) > ROLES.index(owner.role):
        raise AccountError("token-too-mighty", f"{owner.name} is {owner.role}; a token may not do more")
    if not timedelta() < timedelta(days=days) <= LONGEST:
        raise AccountError("token-too-long", f"a token lasts 1 to {LONGEST.days} days, not {days}")
    token = PREFIX + randomness.token_urlsafe(32)
    now = state.now()
    with state.database.write() as connection:
        connection.execute(
            sa.insert(api_token).values(
                account=owner.name,
                title=title,
                token_hash=_hashed(token),
                role=role,
                created_at=now,
                expires_at=now + timedelta(days=days),
            )
        )
        audit.write(connection, "token-created", f"{title}, {role}", by=owner.name, at=now, address=address)
    return token


def of_account(state: State, name: str) -> list[dict[str, Any]]:
    """The tokens of an account that still open something, without their hashes."""
    columns = [column for column in api_token.c if column.name != "token_hash"]
    query = sa.select(*columns).where(
        api_token.c.account == name, api_token.c.ended_at.is_(None), api_token.c.expires_at > state.now()
    )
    with state.database.read() as connection:
        return [dict(row) for row in connection.execute(query.order_by(api_token.c.id)).mappings()]


def end(state: State, number: int, *, owner: str, who: Who) -> None:
    """Ends a token of that owner; raises `UnknownAccountError` where the owner has none of that number."""
    with state.database.write() as connection:
        ended = connection.execute(
            sa.update(api_token)
            .where(api_token.c.id == number, api_token.c.account == owner, api_token.c.ended_at.is_(None))
            .values(ended_at=state.now())
            .returning(api_token.c.title)
        ).first()
        if ended is None:
            raise UnknownAccountError(f"{owner} has no token {number}")
        audit.write(connection, "token-ended", ended.title, by=who.name, at=state.now(), address=who.address)


def bearer_of(state: State, token: str) -> Bearer | None:
    """Whom the token speaks for now; None where it is unknown, ended or run out, or its owner is gone."""
    if not token.startswith(PREFIX):
        return None
    now = state.now()
    query = (
        sa.select(api_token, account.c.role.label("owner_role"))
        .join(account, account.c.name == api_token.c.account)
        .where(
            api_token.c.token_hash == _hashed(token),
            api_token.c.ended_at.is_(None),
            api_token.c.expires_at > now,
            account.c.ended_at.is_(None),
        )
    )
    with state.database.read() as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    _note_use(state, row, now)
    return Bearer(name=row["account"], role=min(row["role"], row["owner_role"], key=ROLES.index))


def _note_use(state: State, row: sa.RowMapping, now: datetime) -> None:
    if row["used_at"] is None or now - row["used_at"] > USED_EVERY:
        with state.database.write() as connection:
            connection.execute(sa.update(api_token).where(api_token.c.id == row["id"]).values(used_at=now))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
