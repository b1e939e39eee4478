"""What can go wrong in the box office. An error carries the HTTP status that the edge answers with (`edge.py`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self


class SettingsError(Exception):
    """An environment variable is missing or cannot be used; the message names it and what to do."""


class BoxOfficeError(Exception):
    """Root of the errors that a caller gets to read. The message is meant for them."""

    status = 400
    known_as = ""
    """What the log says before the root cause, where that alone would not tell who failed."""
    reason = ""
    """A word from a closed set for what pages explain in words of their own; empty where the message says it all."""

    @property
    def details(self) -> dict[str, Any] | None:
        """What else a program may want to know, for the JSON of the answer."""
        return None

    def because(self, reason: str) -> Self:
        """The same error with its reason."""
        self.reason = reason
        return self


class InvalidError(BoxOfficeError):
    """The request asks for something that makes no sense."""


class SignInError(BoxOfficeError):
    """Nobody is signed in, or the password is wrong."""

    status = 401


class ForbiddenError(BoxOfficeError):
    """The caller is known and may not do this."""

    status = 403
    reason = "forbidden"


class NotFoundError(BoxOfficeError):
    """There is no such thing, or it is not the caller's to see."""

    status = 404


class ConflictError(BoxOfficeError):
    """What is there does not allow the change."""

    status = 409


class AlreadyUsedError(ConflictError):
    """A ticket has let somebody in before."""

    reason = "used"

    def __init__(self, message: str, used_at: datetime, gate: str | None) -> None:
        super().__init__(message)
        self.used_at, self.gate = used_at, gate

    @property
    def details(self) -> dict[str, Any]:
        """When and where that was."""
        return {"used_at": self.used_at, "gate": self.gate}


class TooManyAttemptsError(BoxOfficeError):
    """The caller has to wait before it tries again: at most `seconds`."""

    status = 429
    seconds = 300


class DatabaseAwayError(BoxOfficeError):
    """The database does not answer; worth retrying. `__cause__` says why, for the log."""

    status = 503
    reason = "database_away"

    def __init__(self) -> None:
        super().__init__("The database does not answer. Please try again in a moment.")


class OverloadError(BoxOfficeError):
    """More is asked at once than can be served in time; worth retrying. The message is for the log."""

    status = 503

    def __str__(self) -> str:
        """What the caller reads."""
        return "Too many people are buying right now. Please try again in a moment."


class BusyError(BoxOfficeError):
    """More passwords are waiting to be checked or hashed than can be served in time; worth retrying."""

    status = 503

    def __init__(self) -> None:
        super().__init__("Too many people are logging in right now. Please try again in a moment.")


class KeyReusedError(BoxOfficeError):
    """The `Idempotency-Key` belongs to another request of the same caller."""

    status = 422


class InjectedFaultError(BoxOfficeError):
    """A fault that somebody switched on (`faults/`)."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ProviderError(BoxOfficeError):
    """The payment provider cannot be asked; worth retrying. `__cause__` says why, for the log."""

    status = 502
    known_as = "ProviderError"

    def __init__(self, provider: str) -> None:
        super().__init__(f"The payment provider {provider} does not answer. Nothing was charged; please try again.")


class SignatureError(BoxOfficeError):
    """A webhook is not signed by the provider, or is too old."""

    status = 401


class PaymentFailedError(BoxOfficeError):
    """The provider refused the payment."""

    status = 402
