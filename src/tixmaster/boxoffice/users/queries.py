"""The statements about accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.users.address import spelling
from tixmaster.boxoffice.users.model import Credentials, Registration, User

PAGE: Final = 1000
"""The most accounts that a list shows."""

SWEEP: Final = 1000
"""The most ended sessions that are forgotten in one statement."""

_CHANGE_ROLE = statement(__package__, "change_role")
_SEARCH = statement(__package__, "search")
_STANDING = statement(__package__, "standing")
_SWEEP_SESSIONS = statement(__package__, "sweep_sessions")


async def insert(database: Database, registration: Registration, email: str, password_hash: str) -> User | None:
    """The new account, or None when the address has one already. `email` is that of the registration, normalized."""
    row = await database.row(
        "INSERT INTO users (email, password_hash, name, phone) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT DO NOTHING RETURNING *",
        email,
        password_hash,
        registration.name,
        registration.phone,
    )
    return row and _user(row)


async def credentials_of_email(database: Database, email: str) -> Credentials | None:
    """The account of an address, however it is spelled. What was typed comes before its normalized spelling: there are
    accounts from before addresses were normalized."""
    sql = "SELECT * FROM users WHERE lower(email) IN (lower($1), lower($2)) ORDER BY lower(email) <> lower($1) LIMIT 1"
    return _credentials(await database.row(sql, email, spelling(email)))


async def credentials(database: Database, user_id: UUID) -> Credentials | None:
    """The account of an id."""
    return _credentials(await database.row("SELECT * FROM users WHERE id = $1", user_id))


async def update_profile(database: Database, user_id: UUID, name: str | None, phone: str | None) -> User | None:
    """Changes what is not None."""
    row = await database.row(
        "UPDATE users SET name = coalesce($2, name), phone = coalesce($3, phone), updated_at = now() "
        "WHERE id = $1 RETURNING *",
        user_id,
        name,
        phone,
    )
    return row and _user(row)


async def update_password(database: Database, user_id: UUID, known: str, password_hash: str) -> int | None:
    """Replaces the hash if it is still the known one, which ends all tokens; the version of new ones, or None."""
    row = await database.row(
        "UPDATE users SET password_hash = $3, token_version = token_version + 1, updated_at = now() "
        "WHERE id = $1 AND password_hash = $2 RETURNING token_version",
        user_id,
        known,
        password_hash,
    )
    return row and int(row["token_version"])


async def standing(database: Database, user_id: UUID, version: int, session: UUID | None) -> str | None:
    """The role of an account now; None when the account is gone or the token or session has ended."""
    row = await database.row(_STANDING, user_id, version, session)
    return row and str(row["role"])


async def end_session(database: Database, session: UUID, lifetime: timedelta) -> None:
    """Ends a session for good. `lifetime` is the longest that its token can still be valid."""
    await database.row(
        "INSERT INTO ended_sessions (id, expires_at) VALUES ($1, now() + $2) ON CONFLICT DO NOTHING", session, lifetime
    )


async def sweep_sessions(database: Database) -> None:
    """Forgets the ended sessions whose tokens have expired."""
    while len(await database.rows(_SWEEP_SESSIONS, SWEEP)) == SWEEP:
        pass


async def change_role(database: Database, admin: UUID, user_id: UUID, new: str) -> User | None:
    """Changes somebody's role, if an administrator asks; the account as it is then. None: there is no such account."""
    row = await database.row(_CHANGE_ROLE, admin, user_id, new)
    return row and _user(row)


async def newest(database: Database) -> list[User]:
    """The newest accounts."""
    rows = await database.rows("SELECT * FROM users ORDER BY created_at DESC LIMIT $1", PAGE)
    return [_user(row) for row in rows]


async def search(database: Database, text: str, most: int) -> list[User]:
    """The newest accounts whose name or address holds the text."""
    return [_user(row) for row in await database.rows(_SEARCH, text, most)]


def _credentials(row: Any) -> Credentials | None:
    return row and Credentials(user=_user(row), password_hash=row["password_hash"], token_version=row["token_version"])


def _user(row: Any) -> User:
    return User(**{name: row[name] for name in User.__struct_fields__})
