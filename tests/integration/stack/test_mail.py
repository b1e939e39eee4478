"""The mail catcher over SMTP."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tixmaster.stack import health, mail
from tixmaster.stack.config import Config


@pytest.fixture
def caught(config: Config) -> Iterator[Config]:
    """A running catcher."""
    controller = mail.catcher(config)
    controller.start()
    yield config
    controller.stop()


def send(config: Config, text: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "a@localhost", "b@localhost", "<1@test>"
    message.set_content(text)
    with smtplib.SMTP("127.0.0.1", config.services.mail.port, timeout=5) as session:
        session.send_message(message)


def test_a_mail_is_on_disk_when_the_sender_is_told_so(caught: Config) -> None:
    """And there once, however often it is sent."""
    send(caught, "Grüße von 搶票")
    send(caught, "Grüße von 搶票")
    [path] = (mail.folder(caught) / "new").iterdir()
    assert b"Message-ID: <1@test>" in path.read_bytes()


def test_health_is_an_smtp_answer(caught: Config) -> None:
    """Not merely an open port."""
    assert health.probe(caught, "mail").detail.endswith("answers 250")


def test_a_dead_catcher_is_ill(config: Config) -> None:
    """The reason is in the words."""
    found = health.probe(config, "mail")
    assert not found.healthy
    assert "refused" in found.detail
