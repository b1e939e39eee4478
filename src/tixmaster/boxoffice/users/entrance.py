"""The one way in with a password, for the API and the pages: slowed down where somebody guesses."""

from __future__ import annotations

from tixmaster.boxoffice.errors import SignInError
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.users import accounts
from tixmaster.boxoffice.users.model import Credentials, Login
from tixmaster.telemetry.asgi import identify


async def enter(office: Office, login: Login, address: str) -> Credentials:
    """Who this is; raises `SignInError`, or `TooManyAttemptsError` after too many failures from `address`."""
    office.throttle.admit(login.email, address)
    try:
        known = await accounts.sign_in(office.database, office.passwords, login)
    except SignInError:
        office.throttle.failed(login.email, address)
        raise
    office.throttle.succeeded(login.email, address)
    identify(known.user.id)
    return known
