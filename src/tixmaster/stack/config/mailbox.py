"""E-mail addresses of the file: one mailbox for each text, which the `email-validator` library takes apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formataddr
from functools import lru_cache

PLAIN = re.compile(r"(?P<local>[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*)@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)*[a-z]+(?:-[a-z0-9]+)*")
PLAIN_LENGTH = 60
"""A plain address needs no library, whose import takes longer than all of `tix status`; its limits are far from here."""
STAND_IN = ".tw"
"""The library refuses domains that do not exist on the Internet (localhost, .local, .invalid), which are usual inside a
network. Behind such a name this makes one that it judges by its spelling alone."""
NAMED = re.compile(r"([^<>]*)<\s*([^<>\s]+)\s*>")
ADDRESS = re.compile(r"[^\s<>,;:\"]+@[^\s<>,;:\"]+")


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """Where mail goes. `ascii` is the address with an ASCII domain (IDNA); None where the part before the @ is not ASCII
    and the mail server needs the SMTPUTF8 extension (RFC 6531)."""

    name: str
    address: str
    ascii: str | None

    @property
    def header(self) -> str:
        """As `To` and `From` take it."""
        if self.ascii is not None:
            return formataddr((self.name, self.ascii))
        return f'"{_escaped(self.name)}" <{self.address}>' if self.name else self.address


class MailboxError(ValueError):
    """A text is not one e-mail address. The message says why."""


@lru_cache(maxsize=256)
def parse(text: str) -> Mailbox:
    """The mailbox that the text names, with or without a display name; raises `MailboxError`."""
    if len(text) <= PLAIN_LENGTH and PLAIN.fullmatch(text):
        return Mailbox(name="", address=text, ascii=text)
    return _parse(text)


def _parse(text: str) -> Mailbox:
    from email_validator import EmailNotValidError, validate_email

    ending = _special_domain(text)
    stand_in = STAND_IN if ending is not None else ""
    try:
        found = validate_email(
            text.removesuffix(ending or "") + stand_in + (ending or ""),
            check_deliverability=False,
            globally_deliverable=False,
            test_environment=True,
            allow_display_name=True,
        )
    except EmailNotValidError as error:
        raise MailboxError(str(error)) from error
    ascii_address = found.ascii_email.removesuffix(stand_in) if found.ascii_email else None
    return Mailbox(name=found.display_name or "", address=found.normalized.removesuffix(stand_in), ascii=ascii_address)


def _special_domain(text: str) -> str | None:
    """What follows the domain (`>` or nothing) where the library reserves the domain; None where it does not."""
    from email_validator import SPECIAL_USE_DOMAIN_NAMES

    ending = ">" if text.endswith(">") else ""
    domain = text.removesuffix(">").rpartition("@")[2].lower()
    reserved = any(domain == name or domain.endswith(f".{name}") for name in SPECIAL_USE_DOMAIN_NAMES)
    return ending if reserved else None


def corrected(texts: Iterable[str]) -> str | None:
    """The list as the file should have it, in TOML; None where one of the texts holds no address at all."""
    found: dict[str, str] = {}
    for text in texts:
        if not (parts := _suggested(text)):
            return None
        for part in parts:
            found.setdefault(parse(part).address.casefold(), part)
    return f"[{', '.join(toml(item) for item in found.values())}]"


def toml(text: str) -> str:
    """The text as a TOML string; in single quotes where that is easier to read."""
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


def valid(text: str) -> bool:
    """Whether the text is one mailbox."""
    try:
        parse(text)
    except MailboxError:
        return False
    return True


def _suggested(text: str) -> list[str]:
    """The addresses that somebody who wrote this probably meant."""
    plain = " ".join(text.split()).removeprefix("mailto:")
    if valid(plain):
        return [plain]
    named = [_named(name, address) for name, address in NAMED.findall(plain)]
    if named and all(map(valid, named)) and not ADDRESS.search(NAMED.sub(" ", plain)):
        return named
    return [item.strip(".") for item in ADDRESS.findall(plain) if valid(item.strip("."))]


def _named(name: str, address: str) -> str:
    """`"Last, First" <a@x>`: quoted, as a name with a comma or outside ASCII has to be."""
    bare = " ".join(re.sub(r'[\\"]', "", name).strip(" ,;").split())
    return f'"{bare}" <{address}>' if bare else address


def _escaped(name: str) -> str:
    return re.sub(r'([\\"])', r"\\\1", name)
