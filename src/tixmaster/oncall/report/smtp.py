"""Handing a message to the mail server: the built-in catcher, or the one of `[mail.smtp]`."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence

from tixmaster.oncall.errors import DeliveryError
from tixmaster.stack.config import Config, Smtp

TIMEOUT_SECONDS = 10.0


def send(config: Config, recipients: Sequence[str], message: bytes) -> dict[str, str]:
    """Sends the message; returns the recipients that the server refused, with its words, while it took others.

    Raises `DeliveryError`, which says whether another attempt can succeed, where nobody gets it.
    """
    server = config.mail.smtp
    host, port = (server.host, server.port) if server.host else (config.services.mail.host, config.services.mail.port)
    try:
        with smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS) as session:
            if server.host:
                _authenticate(session, server)
            refused = session.sendmail(config.mail.sender, list(recipients), message)
    except smtplib.SMTPResponseException as error:
        text = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        raise DeliveryError(
            f"the mail server {host}:{port} answered {error.smtp_code} {text}", retry=error.smtp_code < 500
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise DeliveryError(
            f"the mail server {host}:{port} refuses {', '.join(error.recipients)}",
            retry=all(code < 500 for code, _ in error.recipients.values()),  # a 4xx is a `not now`
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"the mail server {host}:{port} cannot be reached: {error}", retry=True) from error
    return {name: f"{code} {words.decode(errors='replace')}" for name, (code, words) in refused.items()}


def _authenticate(session: smtplib.SMTP, server: Smtp) -> None:
    if server.starttls:
        session.starttls(context=ssl.create_default_context())
    if server.user:
        session.login(server.user, _password(server))


def _password(server: Smtp) -> str:
    if server.password_file is not None:
        return server.password_file.read_text(encoding="utf-8").strip()
    return server.password or ""
