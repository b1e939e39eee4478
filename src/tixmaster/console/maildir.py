"""Reading the catcher's Maildir. A mail may come from anyone: whatever is malformed in it is read as well as it can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

from tixmaster.stack import mail
from tixmaster.stack.config import Config

HEAD_BYTES = 32 * 1024
"""As much of a mail as is read for the list; its attachments come after."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """What the list says of a mail; `at` is when it was taken."""

    name: str
    subject: str
    sender: str
    to: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file in a mail: its place among the parts, its name, the type that the mail claims."""

    part: int
    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A whole mail; `text` is None where it has no plain text."""

    head: Head
    text: str | None
    attachments: list[Attachment]


def newest_first(config: Config) -> list[Path]:
    """The files of all mails; none where the catcher has never run."""
    found = [(path.stat().st_mtime_ns, path) for path in (mail.folder(config) / "new").glob("*.eml")]
    return [path for _, path in sorted(found, reverse=True)]


def head(path: Path) -> Head:
    """The head of a mail, without reading the rest."""
    with path.open("rb") as file:
        return _head(path, message_from_bytes(file.read(HEAD_BYTES)))


def read(path: Path) -> Mail:
    """The mail with its text and attachments."""
    message = message_from_bytes(path.read_bytes())
    return Mail(head=_head(path, message), text=_text(message), attachments=list(_attachments(message)))


def _head(path: Path, message: Message) -> Head:
    return Head(
        name=path.name,
        subject=_header(message, "Subject"),
        sender=_header(message, "From"),
        to=_header(message, "To"),
        at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
    )


def _header(message: Message, name: str) -> str:
    """A header's words on one line; as they stand where their encoding is broken."""
    raw = str(message.get(name, ""))
    try:
        words = str(make_header(decode_header(raw)))
    except (HeaderParseError, LookupError, ValueError):
        words = raw
    return " ".join(words.split())


def _text(message: Message) -> str | None:
    for part in message.walk():
        if part.get_content_type() == "text/plain" and not _attached(part):
            content = _content(part)
            try:
                return content.decode(part.get_content_charset("utf-8"), errors="replace")
            except LookupError:
                return content.decode("utf-8", errors="replace")
    return None


def _attachments(message: Message) -> Iterator[Attachment]:
    for number, part in enumerate(message.walk()):
        if _attached(part):
            yield Attachment(
                part=number,
                name=_file_name(part) or f"part-{number}",
                kind=part.get_content_type(),
                content=_content(part),
            )


def _attached(part: Message) -> bool:
    named = part.get_content_disposition() == "attachment" or part.get_filename() is not None
    return named and not part.is_multipart()


def _file_name(part: Message) -> str:
    """The last component of the name, whichever system's path it pretends to be, without control characters."""
    name = (part.get_filename() or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in name if letter.isprintable()).strip(". ")


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
