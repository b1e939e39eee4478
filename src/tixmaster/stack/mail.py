"""The mail catcher: an SMTP server that keeps every message in the Maildir `var/mail` and sends none on."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tixmaster.stack.config import Config

MAX_MESSAGE_BYTES = 33_554_432


class Maildir:
    """Files messages by recipient and Message-ID: a message that is sent twice is kept once, and each recipient's mail is
    kept, whose approval links differ."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("tmp", "new", "cur"):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Answers only when the message is on disk."""
        content = envelope.original_content or b""
        self.file(content, envelope.rcpt_tos)
        return "250 filed"

    def file(self, content: bytes, recipients: Sequence[str] = ()) -> Path:
        """Keeps a message for the recipients of its envelope; returns where."""
        message_id = message_from_bytes(content).get("Message-ID", "").strip().encode() or content
        identity = b"\n".join((message_id, *(address.encode(errors="replace") for address in sorted(recipients))))
        path = self._folder / "new" / f"{hashlib.sha256(identity).hexdigest()[:32]}.eml"
        draft = self._folder / "tmp" / path.name
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        return path


def folder(config: Config) -> Path:
    """The Maildir of the catcher."""
    return config.var / "mail"


def catcher(config: Config) -> Controller:
    """The server, not yet started."""
    service = config.services.mail
    return Controller(
        Maildir(folder(config)), hostname=service.listening, port=service.port, data_size_limit=MAX_MESSAGE_BYTES
    )


def serve(config: Config, until: threading.Event) -> None:
    """Runs the catcher until the event is set."""
    controller = catcher(config)
    controller.start()
    until.wait()
    controller.stop()
