"""What can be wrong about accounts."""

from __future__ import annotations

from typing import Literal

from tixmaster.oncall.errors import OncallError

Reason = Literal[
    "bad-name",
    "name-taken",
    "password-length",
    "password-is-name",
    "password-wrong",
    "last-administrator",
    "token-too-mighty",
    "token-too-long",
    "unknown",
]


class AccountError(OncallError):
    """A change of an account that is not allowed. The message is for the command line; pages say `reason` in their words."""

    exit_code = 2

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class UnknownAccountError(AccountError):
    """There is no account, or no token, of that name."""

    def __init__(self, message: str) -> None:
        super().__init__("unknown", message)
