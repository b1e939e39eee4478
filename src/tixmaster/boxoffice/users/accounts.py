"""Registering, signing in, changing one's account."""

from __future__ import annotations

from uuid import UUID

import msgspec

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, SignInError
from tixmaster.boxoffice.users import queries
from tixmaster.boxoffice.users.model import Credentials, Login, PasswordChange, ProfileChange, Registration, User
from tixmaster.boxoffice.users.passwords import Passwords


async def register(database: Database, passwords: Passwords, registration: Registration) -> User:
    """Opens an account; raises `ConflictError` when the address has one."""
    user = await queries.insert(database, registration, await passwords.hash(registration.password))
    if user is None:
        raise ConflictError("This email address is already registered")
    return user


async def sign_in(database: Database, passwords: Passwords, login: Login) -> Credentials:
    """Who this is; raises `SignInError`, the same for a wrong password and an unknown address."""
    known = await queries.credentials_of_email(database, login.email)
    matches = await passwords.match(known.password_hash if known else None, login.password)
    if known is None or not matches:
        raise SignInError("Invalid email or password")
    return known


async def profile(database: Database, user_id: UUID) -> User:
    """One's own account; raises `ForbiddenError` when it is gone (a token outlives its account)."""
    known = await queries.credentials(database, user_id)
    if known is None:
        raise _no_account()
    return known.user


async def change_profile(database: Database, user_id: UUID, change: ProfileChange) -> User:
    """Changes one's own account."""
    user = await queries.update_profile(database, user_id, change.name, change.phone)
    if user is None:
        raise _no_account()
    return user


async def change_password(
    database: Database, passwords: Passwords, user_id: UUID, change: PasswordChange
) -> Credentials:
    """Sets a new password, which ends all tokens of the account; raises `InvalidError` when the old one is wrong."""
    known = await queries.credentials(database, user_id)
    if known is None:
        raise _no_account()
    if not await passwords.match(known.password_hash, change.current_password):
        raise InvalidError("The current password is wrong")
    new = await passwords.hash(change.new_password)
    version = await queries.update_password(database, user_id, known.password_hash, new)
    if version is None:
        raise ConflictError("The password was changed meanwhile")
    return msgspec.structs.replace(known, password_hash=new, token_version=version)


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
