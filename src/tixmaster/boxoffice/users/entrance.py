"""The only places where a password is checked, for the API and the pages: slowed down where somebody guesses."""

from __future__ import annotations

from uuid import UUID

from tixmaster.boxoffice.errors import BoxOfficeError, InvalidError, SignInError
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.users import accounts, queries
from tixmaster.boxoffice.users.address import spelling
from tixmaster.boxoffice.users.model import Credentials, Login, PasswordChange
from tixmaster.telemetry.asgi import identify


async def enter(office: Office, login: Login, address: str) -> Credentials:
    """Who this is. Raises `SignInError`, the same for a wrong password and an unknown email address, and
    `TooManyAttemptsError` after too many failures from the network address."""
    known = await queries.credentials_of_email(office.database, login.email)
    refusal = SignInError("Invalid email or password")
    # By id, which has one spelling; an unknown email address has a count of its own, so that it looks the same.
    account = str(known.user.id) if known else spelling(login.email).lower()
    await _prove(office, account, known.password_hash if known else None, login.password, address, refusal)
    if known is None:
        raise refusal
    identify(known.user.id)
    return known


async def change_password(office: Office, user_id: UUID, change: PasswordChange, address: str) -> Credentials:
    """Sets a new password, which ends all tokens of the account. Raises `InvalidError` when the old one is wrong,
    `TooManyAttemptsError`, `ConflictError`."""
    known = await accounts.known(office.database, user_id)
    refusal = InvalidError("The current password is wrong")
    await _prove(office, str(user_id), known.password_hash, change.current_password, address, refusal)
    return await accounts.set_password(office.database, office.passwords, known, change.new_password)


async def _prove(
    office: Office, account: str, known: str | None, password: str, address: str, refusal: BoxOfficeError
) -> None:
    """Raises `refusal` where it is not the password of the hash, and always without a hash."""
    async with office.throttle.attempt(account, address):
        if not await office.passwords.match(known, password):
            raise refusal
