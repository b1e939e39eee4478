"""The statements about accounts."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.users.model import Credentials, Registration, User

PAGE: Final = 1000
"""The most accounts that a list shows."""

_CHANGE_ROLE = statement(__package__, "change_role")
_SEARCH = statement(__package__, "search")


async def insert(database: Database, registration: Registration, password_hash: str) -> User | None:
    """The new account, or None when the address has one already."""
    row = await database.row(
        "INSERT INTO users (email, password_hash, name, phone) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT DO NOTHING RETURNING *",
        registration.email,
        password_hash,
        registration.name,
        registration.phone,
    )
    return row and _user(row)


async def credentials_of_email(database: Database, email: str) -> Credentials | None:
    """The account of an address, however it is spelled."""
    return _credentials(await database.row("SELECT * FROM users WHERE lower(email) = lower($1)", email))


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


async def update_password(database: Database, user_id: UUID, known: str, password_hash: str) -> bool:
    """Replaces the hash if it is still the known one; whether it was."""
    row = await database.row(
        "UPDATE users SET password_hash = $3, updated_at = now() WHERE id = $1 AND password_hash = $2 RETURNING id",
        user_id,
        known,
        password_hash,
    )
    return row is not None


async def role(database: Database, user_id: UUID) -> str | None:
    """What an account may do now; None when it is gone."""
    row = await database.row("SELECT role FROM users WHERE id = $1", user_id)
    return row and str(row["role"])


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
    return row and Credentials(user=_user(row), password_hash=row["password_hash"])


def _user(row: Any) -> User:
    return User(**{name: row[name] for name in User.__struct_fields__})
