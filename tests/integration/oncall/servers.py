"""Servers that fail in the ways that real ones do, and the Maildir that mails arrive in."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tixmaster.stack import mail
from tixmaster.stack.config import Config


@contextmanager
def silent(port: int, *, when: Callable[[], bool] = lambda: True) -> Iterator[threading.Event]:
    """A server that takes connections and says nothing; it drops those that come too early. The event: somebody waits."""
    reached = threading.Event()
    with socket.create_server(("127.0.0.1", port)) as listener:
        worker = threading.Thread(target=_hold_connections, args=(listener, when, reached))
        worker.start()
        try:
            yield reached
        finally:
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            worker.join()


def _hold_connections(listener: socket.socket, when: Callable[[], bool], reached: threading.Event) -> None:
    held: list[socket.socket] = []
    with suppress(OSError):
        while True:
            connection = listener.accept()[0]
            if not when():
                connection.close()
                continue
            held.append(connection)
            reached.set()
    for connection in held:
        connection.close()


class Refusing:
    """A mail server's handler that wants no mail, ever."""

    async def handle_DATA(self, *_: Any) -> str:
        return "550 no such mailbox"


class Wordless(mail.Maildir):
    """Files a message like the catcher and dies of it before it can say so."""

    def __init__(self, config: Config) -> None:
        super().__init__(mail.folder(config))
        self.filed = threading.Event()

    async def handle_DATA(self, *arguments: Any) -> str:
        await super().handle_DATA(*arguments)
        self.filed.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets the event")


@contextmanager
def mail_server(config: Config, handler: object | None = None) -> Iterator[None]:
    """The mail catcher, or a server with another handler in its place."""
    place = config.services.mail
    controller = Controller(handler, hostname=place.host, port=place.port) if handler else mail.catcher(config)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def mails(config: Config, incident: str) -> list[EmailMessage]:
    """What the catcher has filed of an incident."""
    files = (mail.folder(config) / "new").glob("*.eml")
    parsed = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]
    return [message for message in parsed if message["X-TixMaster-Incident"] == incident]
