"""The links of the mail by which a proposal is answered without a log-in.

A link names the act, the answer and when it was made, under an HMAC-SHA256 (RFC 2104) of the installation's own key. It
counts once: the act it is about can be answered once. Mail scanners follow links, so following one only shows what it
would do.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import string
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import LinkError
from tixmaster.stack import secrets

PATH = "/act"
KEY = "approval-key"
Answer = Literal["approve", "decline"]
_IN_ADDRESS = re.compile(rb"((?:/|%2f)act(?:/|%2f))([\w-]+(?:=\r?\n[\w-]+)*)", re.IGNORECASE)
"""A link as it stands in text, in a form's field, or broken over lines by quoted-printable."""
_ALONE = re.compile(rb"(?<![\w-])[\w-]{80,}")
"""What may be a token that somebody copied out of a link: shorter ones hold no signature and content."""


def _inside(answer: Answer) -> Iterator[str]:
    """How a token spells its answer: in Base64 this depends on how many bytes stand before."""
    words = f'"{answer}","2'.encode()
    for before in range(3):
        spelled = base64.urlsafe_b64encode(b"-" * before + words).decode().rstrip("=")
        sure = (before + len(words)) * 8 // 6
        yield spelled[-(-before * 8 // 6) : sure]


_INSIDE = re.compile(
    rb"(?:%b)[\w-]*" % b"|".join(part.encode() for answer in get_args(Answer) for part in _inside(answer))
)
"""What a token cannot do without, whatever stands around it: a proxy for links that encodes them twice or with other signs
(`%252Fact%252F…`, `http-3A__host_act_…`), a line break, a letter too much."""

_WORD = (string.ascii_letters + string.digits + "_-").encode()


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """What a link says."""

    incident: int
    action: int
    answer: Answer
    made_at: datetime
    to: str = ""
    """Whom the mail with the link went to; empty in links that older versions made."""


def link(desk: Desk, incident: int, action: int, answer: Answer, to: str = "") -> str:
    """The address for the person at the mail address `to`; it ends when the proposal does."""
    content = msgspec.json.encode(Ticket(incident=incident, action=action, answer=answer, made_at=desk.now(), to=to))
    token = base64.urlsafe_b64encode(_sign(desk, content) + content).decode().rstrip("=")
    return desk.config.link("oncall", f"{PATH}/{token}")


def read(desk: Desk, token: str) -> Ticket:
    """What a link says; raises `LinkError` for one that is forged or whose time is over."""
    content = _content(desk, token)
    if content is None:
        raise LinkError("forged", "this link is not one of ours, or a part of it is missing: open the incident instead")
    ticket = msgspec.json.decode(content, type=Ticket)
    if desk.age(ticket.made_at) >= timedelta(minutes=desk.config.oncall.remedy.expire_minutes):
        made = f"{ticket.made_at:%Y-%m-%d %H:%M} UTC"
        raise LinkError("expired", f"this link was made at {made} and has ended: open the incident instead")
    return ticket


def hidden(desk: Desk, content: bytes) -> bytes:
    """The content of a page or file with every link of ours made useless, at the same length, for whoever may not act."""
    content = _without_glued(content)
    if _may_link(content):
        content = _IN_ADDRESS.sub(lambda match: match[1] + b"-" * len(match[2]), content)
    return _ALONE.sub(
        lambda match: match[0] if _content(desk, match[0].decode()) is None else b"-" * len(match[0]), content
    )


def _without_glued(content: bytes) -> bytes:
    """The content without the words that hold what only tokens hold; in linear time, whatever the content is."""
    pieces, done = [], 0
    for found in _INSIDE.finditer(content):
        before = len(content[done : found.start()]) - len(content[done : found.start()].rstrip(_WORD))
        start, stop = found.start() - before, found.end()
        pieces += [content[done:start], b"-" * (stop - start)]
        done = stop
    return b"".join([*pieces, content[done:]]) if pieces else content


def _may_link(content: bytes) -> bool:
    """A quick look, as most pages hold no link at all."""
    lower = content.lower()
    return b"/act" in lower or b"%2fact" in lower


def replaced(desk: Desk, text: str, mark: str) -> str:
    """The text with a mark in place of what makes each link a permission."""
    marked = _IN_ADDRESS.sub(lambda match: match[1] + mark.encode(), text.encode(errors="replace"))
    return hidden(desk, marked).decode(errors="replace")


def _content(desk: Desk, token: str) -> bytes | None:
    """What a token says; None where it is not signed by us."""
    try:
        plain = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    signature, content = plain[: hashlib.sha256().digest_size], plain[hashlib.sha256().digest_size :]
    return content if content and hmac.compare_digest(signature, _sign(desk, content)) else None


def _sign(desk: Desk, content: bytes) -> bytes:
    return hmac.digest(secrets.read(desk.config, KEY).encode(), content, "sha256")
