"""Why a log-in through the provider came to nothing."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

Reason = Literal[
    "provider-away",
    "provider-odd",
    "provider-refused",
    "sign-in-stale",
    "token-wrong",
    "token-expired",
    "no-role",
    "name-taken",
    "bad-name",
    "account-ended",
]
"""What people are told, by `openid-…` in the words of the log-in; the detail goes to the log."""

_STATUS: dict[Reason, HTTPStatus] = {
    "provider-away": HTTPStatus.SERVICE_UNAVAILABLE,
    "provider-odd": HTTPStatus.BAD_GATEWAY,
    "sign-in-stale": HTTPStatus.BAD_REQUEST,
    "no-role": HTTPStatus.FORBIDDEN,
    "name-taken": HTTPStatus.CONFLICT,
    "bad-name": HTTPStatus.FORBIDDEN,
    "account-ended": HTTPStatus.FORBIDDEN,
}


class OpenIdError(Exception):
    """Nobody was signed in."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail

    @property
    def status(self) -> HTTPStatus:
        return _STATUS.get(self.reason, HTTPStatus.UNAUTHORIZED)
