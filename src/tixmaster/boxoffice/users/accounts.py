"""Registering, changing one's account. `entrance.py` checks passwords."""

from __future__ import annotations

from uuid import UUID

import msgspec

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import ConflictError, ForbiddenError, NotFoundError
from tixmaster.boxoffice.users import queries
from tixmaster.boxoffice.users.address import normalized
from tixmaster.boxoffice.users.model import Credentials, ProfileChange, Registration, User
from tixmaster.boxoffice.users.passwords import Passwords


async def register(database: Database, passwords: Passwords, registration: Registration) -> User:
    """Opens an account; raises `InvalidError` for an impossible address, `ConflictError` when the address has an account."""
    email = normalized(registration.email)
    user = await queries.insert(database, registration, email, await passwords.hash(registration.password))
    if user is None:
        raise ConflictError("This email address is already registered")
    return user


async def profile(database: Database, user_id: UUID) -> User:
    """One's own account; raises `ForbiddenError` when it is gone (a token outlives its account)."""
    return (await known(database, user_id)).user


async def known(database: Database, user_id: UUID) -> Credentials:
    """An account with its password's hash; raises `ForbiddenError` when it is gone."""
    found = await queries.credentials(database, user_id)
    if found is None:
        raise _no_account()
    return found


async def change_profile(database: Database, user_id: UUID, change: ProfileChange) -> User:
    """Changes one's own account."""
    user = await queries.update_profile(database, user_id, change.name, change.phone)
    if user is None:
        raise _no_account()
    return user


async def set_password(database: Database, passwords: Passwords, old: Credentials, password: str) -> Credentials:
    """Replaces the password, which ends all tokens of the account. Raises `ConflictError` when somebody else did so since
    `old` was read."""
    new = await passwords.hash(password)
    version = await queries.update_password(database, old.user.id, old.password_hash, new)
    if version is None:
        raise ConflictError("The password was changed meanwhile")
    return msgspec.structs.replace(old, password_hash=new, token_version=version)


async def change_role(database: Database, admin_id: UUID, user_id: UUID, role: str) -> User:
    """Makes somebody else an administrator, an organiser or neither, at once. Raises `NotFoundError`, `ForbiddenError`."""
    if user_id == admin_id:
        raise ForbiddenError("Your own role is for another administrator to change")
    user = await queries.change_role(database, admin_id, user_id, role)
    if user is None:
        raise NotFoundError("User not found")
    if user.role == role:
        return user
    if user.role == "probe":
        raise ForbiddenError("The synthetic shopper stays what it is")
    raise ForbiddenError("You may not do this")  # demoted a moment ago


def _no_account() -> ForbiddenError:
    return ForbiddenError("Invalid or expired token")
