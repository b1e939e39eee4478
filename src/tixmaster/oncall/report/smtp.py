"""Handing a mail to the mail server: the built-in catcher, or the one of `[mail.smtp]`."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.report.outbox import Receipt
from tixmaster.stack.config import Config, Smtp
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
    """Sends the message; raises `DeliveryError`, which says whether another attempt can succeed."""
    server = config.mail.smtp
    host, port = (server.host, server.port) if server.host else (config.services.mail.host, config.services.mail.port)
    with (
        _told(f"{host}:{port}", recipient),
        smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS) as session,
    ):
        if server.host:
            _authenticate(session, server)
        session.sendmail(config.mail.sender, [recipient], message)


@contextmanager
def _told(place: str, recipient: str) -> Iterator[None]:
    """The library's exceptions as `DeliveryError`: 5xx is for good, but a wrong password can be mended."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, words = error.recipients[recipient]
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
