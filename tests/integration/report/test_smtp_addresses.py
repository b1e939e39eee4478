"""Addresses with names, with domains and with letters outside ASCII, at mail servers with and without SMTPUTF8."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.report import smtp
from tixmaster.stack.config import Config
from tixmaster.stack.config.mailbox import parse

NAMED, WIDE, FOREIGN = '"Last, First" <mei@shop.example.tw>', "值班@shop.example.tw", "lin@例子.tw"


class Kept:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 kept"


@contextmanager
def server(config: Config, *, wide: bool) -> Iterator[Kept]:
    """A real SMTP server at the place of the built-in one."""
    kept, place = Kept(), config.services.mail
    controller = Controller(kept, hostname=place.host, port=place.port, enable_SMTPUTF8=wide)
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()


def written(*recipients: str, sender: str = "tixmaster@localhost") -> bytes:
    """A mail as on-call stores it for all of its recipients."""
    message = EmailMessage()
    message["Subject"] = "票券服務中斷"
    message["From"] = parse(sender).header
    message["To"] = ", ".join(parse(item).header for item in recipients)
    message.set_content("text")
    return message.as_bytes(policy=policy.SMTP)


@pytest.mark.parametrize("wide", [True, False])
def test_names_and_foreign_domains_go_to_any_server(config: Config, wide: bool) -> None:
    """The envelope holds the bare address, its domain as IDNA; the headers are ASCII."""
    body = written(NAMED, FOREIGN, WIDE)
    with server(config, wide=wide) as kept:
        for recipient in (NAMED, FOREIGN):
            smtp.send(config, recipient, body)
    assert [one.rcpt_tos for one in kept.envelopes] == [["mei@shop.example.tw"], ["lin@xn--fsqu00a.tw"]]
    for one in kept.envelopes:
        assert isinstance(one.content, bytes)
        assert one.content.partition(b"\r\n\r\n")[0].isascii()
        to = message_from_bytes(one.content, policy=policy.default)["To"].addresses
        assert (to[0].display_name, to[0].addr_spec) == ("Last, First", "mei@shop.example.tw")


def test_letters_before_the_at_sign_go_where_the_server_takes_them(config: Config) -> None:
    """With SMTPUTF8 in the envelope, and the characters themselves in the header."""
    with server(config, wide=True) as kept:
        smtp.send(config, WIDE, written(NAMED, WIDE))
    (one,) = kept.envelopes
    assert one.rcpt_tos == [WIDE]
    assert "SMTPUTF8" in one.mail_options
    assert isinstance(one.content, bytes)
    assert WIDE.encode() in one.content.partition(b"\r\n\r\n")[0]
    assert message_from_bytes(one.content, policy=policy.default)["Subject"] == "票券服務中斷"


def test_a_server_without_smtputf8_is_named_with_the_recipient(config: Config) -> None:
    """It will not do so later either; the others of the same mail have theirs."""
    body = written(WIDE, NAMED)
    with server(config, wide=False) as kept:
        with pytest.raises(DeliveryError, match=f"does not offer SMTPUTF8, which {WIDE} needs") as caught:
            smtp.send(config, WIDE, body)
        smtp.send(config, NAMED, body)
    assert not caught.value.retry
    assert "不支援 SMTPUTF8" in caught.value.words.zh
    assert [one.rcpt_tos for one in kept.envelopes] == [["mei@shop.example.tw"]]


def test_a_sender_outside_ascii_needs_it_too(config: Config) -> None:
    """The message names the sender."""
    config = msgspec.structs.replace(config, mail=msgspec.structs.replace(config.mail, sender=WIDE))
    with server(config, wide=False), pytest.raises(DeliveryError, match=f"which {WIDE} needs"):
        smtp.send(config, NAMED, written(NAMED, sender=WIDE))
    with server(config, wide=True) as kept:
        smtp.send(config, NAMED, written(NAMED, sender=WIDE))
    assert kept.envelopes[0].mail_from == WIDE


def test_a_refused_recipient_is_named(config: Config) -> None:
    """Also where the file gives it with a name."""

    class Refusing(Kept):
        async def handle_RCPT(self, *_: Any) -> str:
            return "550 no such mailbox"

    controller = Controller(Refusing(), hostname=config.services.mail.host, port=config.services.mail.port)
    controller.start()
    try:
        with pytest.raises(DeliveryError, match="550 no such mailbox"):
            smtp.send(config, NAMED, written(NAMED))
    finally:
        controller.stop()
