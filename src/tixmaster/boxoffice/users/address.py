"""Email addresses as accounts have them: in one spelling, so that one mailbox does not open two accounts."""

from __future__ import annotations

from typing import Final

from email_validator import EmailNotValidError, validate_email

from tixmaster.boxoffice.errors import InvalidError

PRIVATE: Final = frozenset({"invalid", "local", "localhost", "onion", "test"})
"""Last labels that no public DNS has (RFC 6761, 6762, 7686). They are in use inside networks and in tests, so they are taken;
the library, which would refuse them, gets to see a public one in their place."""
_PUBLIC: Final = "com"


def normalized(text: str) -> str:
    """The address without white space around it, in Unicode's NFC, its domain in lower case. Raises `InvalidError`.

    The DNS is not asked. Of the local part the case is kept; accounts are compared without it.
    """
    rest, dot, last = text.strip().rpartition(".")
    private = last.lower() in PRIVATE
    try:
        found = validate_email(f"{rest}{dot}{_PUBLIC if private else last}", check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise InvalidError(
            f"Invalid email address {text!r}: {error} Use an address such as ada@example.org."
        ) from error
    return found.removesuffix(_PUBLIC) + last.lower() if private else found


def spelling(text: str) -> str:
    """How the account of an address is spelled that somebody logs in with; never raises."""
    try:
        return normalized(text)
    except InvalidError:
        return text
