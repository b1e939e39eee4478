"""Handing a mail to the mail server: the built-in catcher, or the one of `[mail.smtp]`."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import SMTPUTF8
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.report.outbox import Receipt
from tixmaster.stack.config import Config, Smtp
from tixmaster.stack.config.mailbox import Mailbox, parse
from tixmaster.stack.said import Said, said, system

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tixmaster.oncall.desk import Desk

TIMEOUT_SECONDS = 10.0


def deliver(desk: Desk, row: sa.RowMapping) -> Receipt:
    """Sends a mail to its one recipient."""
    send(desk.config, row["address"], row["body"])
    return Receipt(kind="mail-sent", text=_sent(row))


def _sent(row: sa.RowMapping) -> Said:
    return said(
        "Mail to {address}: {subject}", "已寄信至 {address}：{subject}", address=row["address"], subject=row["subject"]
    )


def send(config: Config, recipient: str, message: bytes) -> None:
    """Sends the message; raises `DeliveryError`, which says whether another attempt can succeed.

    An address outside ASCII before the @ needs a server with SMTPUTF8 (RFC 6531); a domain outside ASCII goes as IDNA.
    """
    server, to, sender = config.mail.smtp, parse(recipient), parse(config.mail.sender)
    host, port = (server.host, server.port) if server.host else (config.services.mail.host, config.services.mail.port)
    with (
        _told(f"{host}:{port}", recipient),
        smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS) as session,
    ):
        if server.host:
            _authenticate(session, server)
        session.ehlo_or_helo_if_needed()
        if to.ascii and sender.ascii:
            session.sendmail(sender.ascii, [to.ascii], message)
        elif session.has_extn("smtputf8"):
            session.sendmail(sender.address, [to.address], _wide(message), mail_options=["SMTPUTF8", "BODY=8BITMIME"])
        else:
            raise _needs_smtputf8(f"{host}:{port}", sender if to.ascii else to)


def _wide(message: bytes) -> bytes:
    """The message with the characters themselves in its headers, which only servers with SMTPUTF8 take."""
    policy = SMTPUTF8.clone(refold_source="all")
    return message_from_bytes(message, policy=policy).as_bytes(policy=policy)


def _needs_smtputf8(place: str, mailbox: Mailbox) -> DeliveryError:
    text = said(
        "the mail server {place} does not offer SMTPUTF8, which {address} needs because of the characters before the @. "
        "Use an address in ASCII letters in tixmaster.toml, or a mail server with SMTPUTF8.",
        "郵件伺服器 {place} 不支援 SMTPUTF8，而 {address} 的 @ 前含非 ASCII 字元，需要此擴充。"
        "請在 tixmaster.toml 改用 ASCII 地址，或改用支援 SMTPUTF8 的郵件伺服器。",
        place=place,
        address=mailbox.address,
    )
    return DeliveryError(text, retry=False)


@contextmanager
def _told(place: str, recipient: str) -> Iterator[None]:
    """The library's exceptions as `DeliveryError`: 5xx is for good, but a wrong password can be mended."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        ((code, words),) = error.recipients.values()
        text = said(
            "the mail server {place} refuses {recipient}: {code} {words}. Mend the address in tixmaster.toml.",
            "郵件伺服器 {place} 拒收 {recipient}：{code} {words}。請修正 tixmaster.toml 中的地址。",
            place=place,
            recipient=recipient,
            code=code,
            words=_text(words),
        )
        raise DeliveryError(text, retry=code < 500) from error
    except smtplib.SMTPAuthenticationError as error:
        text = said(
            "the mail server {place} does not let us in: {code} {words}. Mend [mail.smtp].",
            "郵件伺服器 {place} 拒絕登入：{code} {words}。請修正 [mail.smtp]。",
            place=place,
            code=error.smtp_code,
            words=_text(error.smtp_error),
        )
        raise DeliveryError(text, retry=True) from error
    except smtplib.SMTPResponseException as error:
        text = said(
            "the mail server {place} answered {code} {words}",
            "郵件伺服器 {place} 回應 {code} {words}",
            place=place,
            code=error.smtp_code,
            words=_text(error.smtp_error),
        )
        raise DeliveryError(text, retry=error.smtp_code < 500) from error
    except (OSError, smtplib.SMTPException) as error:
        text = said(
            "the mail server {place} cannot be reached: {why}",
            "無法連線至郵件伺服器 {place}：{why}",
            place=place,
            why=system(error),
        )
        raise DeliveryError(text, retry=True) from error


def _text(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words


def _authenticate(session: smtplib.SMTP, server: Smtp) -> None:
    if server.starttls:
        session.starttls(context=ssl.create_default_context())
    if server.user:
        session.login(server.user, _password(server))


def _password(server: Smtp) -> str:
    if server.password_file is not None:
        return server.password_file.read_text(encoding="utf-8").strip()
    return server.password or ""
