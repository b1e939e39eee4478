"""A log-in that is under way at the provider: kept by the browser in an encrypted cookie, and good for one answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets as randomness
import threading
import time
from collections.abc import Callable
from typing import Final

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from litestar.datastructures import Cookie

from tixmaster.console.openid.errors import OpenIdError

COOKIE = "openid"
PATH = "/login/openid"
LIFETIME_SECONDS: Final = 600
"""How long somebody may take at the provider."""
MAX_SPENT: Final = 10_000


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """What ties the provider's answer to the browser that asked (state), to us (PKCE) and to this log-in (nonce)."""

    state: str
    nonce: str
    verifier: str
    next: str


class SignIns:
    """Begins log-ins and recognises their answers."""

    def __init__(self, key: str, clock: Callable[[], float] = time.monotonic) -> None:
        derived = hashlib.sha256(f"openid|{key}".encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: dict[str, float] = {}

    def begin(self, next_page: str) -> tuple[SignIn, Cookie]:
        """A new one, with the cookie that holds it."""
        made = SignIn(
            state=randomness.token_urlsafe(32),
            nonce=randomness.token_urlsafe(32),
            verifier=randomness.token_urlsafe(48),
            next=next_page,
        )
        value = self._fernet.encrypt(msgspec.json.encode(made)).decode()
        return made, Cookie(key=COOKIE, value=value, path=PATH, max_age=LIFETIME_SECONDS, httponly=True, samesite="lax")

    def end(self, cookie: str | None, state: str | None) -> SignIn:
        """The one that an answer belongs to; raises `OpenIdError` where it is another browser's, too old, or was answered."""
        try:
            plain = self._fernet.decrypt(cookie or "", ttl=LIFETIME_SECONDS)
            found = msgspec.json.decode(plain, type=SignIn)
        except (InvalidToken, msgspec.DecodeError) as error:
            raise OpenIdError("sign-in-stale", "this browser has no log-in under way") from error
        if not hmac.compare_digest(found.state.encode(), (state or "").encode()):
            raise OpenIdError("sign-in-stale", "the answer belongs to another log-in")
        self._spend(found.state)
        return found

    def _spend(self, state: str) -> None:
        now = self._clock()
        with self._lock:
            if state in self._spent:
                raise OpenIdError("sign-in-stale", "the answer was used before")
            self._spent = {one: until for one, until in self._spent.items() if until > now}
            if len(self._spent) >= MAX_SPENT:
                raise OpenIdError("sign-in-stale", "too many log-ins at once")
            self._spent[state] = now + LIFETIME_SECONDS


def gone() -> Cookie:
    """Takes the cookie away."""
    return Cookie(key=COOKIE, value="", path=PATH, max_age=0)
