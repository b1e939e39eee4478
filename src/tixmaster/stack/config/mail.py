"""Mail: who sends, who is woken, by which server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tixmaster.stack.config.mailbox import MailboxError, corrected, parse, toml
from tixmaster.stack.config.problems import Problem
from tixmaster.stack.config.record import Port, Record, wrong_host


class Smtp(Record, frozen=True, kw_only=True):
    """Where mail goes. Without `host` it goes to the built-in catcher and is shown in the console."""

    host: str | None = None
    port: Port = 587
    starttls: bool = True
    user: str | None = None
    password: str | None = None
    password_file: Path | None = None

    def problems(self) -> Iterator[Problem]:
        if self.host and (said := wrong_host(self.host)):
            yield Problem(place=("host",), said=said)


class Mail(Record, frozen=True, kw_only=True):
    """Who sends and who is woken."""

    sender: str = "tixmaster@localhost"
    oncall: tuple[str, ...] = ("oncall@localhost",)
    smtp: Smtp = Smtp()

    def problems(self) -> Iterator[Problem]:
        yield from wrong_sender("sender", self.sender)
        yield from wrong_recipients("oncall", self.oncall)
        if not self.oncall:
            said = 'nobody would be notified. Name at least one address: oncall = ["oncall@example.org"].'
            yield Problem(place=("oncall",), said=said)


def wrong_sender(key: str, text: str) -> Iterator[Problem]:
    """What is wrong with a single address."""
    try:
        parse(text)
    except MailboxError as error:
        better = corrected([text])
        advice = f"Write {key} = {better[1:-1]}" if better and better.count("@") == 1 else _example(key, many=False)
        yield Problem(place=(key,), said=f"{toml(text)} is not an e-mail address: {_why(error)}. {advice}")


def wrong_recipients(key: str, texts: Iterable[str]) -> Iterator[Problem]:
    """What is wrong with a list of addresses, and the list as it should be."""
    listed = list(texts)
    better = corrected(listed)
    advice = f"Write {key} = {better}" if better else _example(key, many=True)
    seen: set[str] = set()
    for index, text in enumerate(listed):
        try:
            address = parse(text).address.casefold()
        except MailboxError as error:
            said = f"{toml(text)} is not one e-mail address: {_why(error)}. {advice}"
            yield Problem(place=(key, index), said=said)
            continue
        if address in seen:
            yield Problem(place=(key, index), said=f"{toml(text)} is named twice. {advice}")
        seen.add(address)


def _why(error: MailboxError) -> str:
    return str(error).rstrip(".")


def _example(key: str, *, many: bool) -> str:
    return f'Write {key} = ["oncall@example.org"]' if many else f'Write {key} = "tixmaster@example.org"'
