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
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import LinkError
from tixmaster.stack import secrets

PATH = "/act"
KEY = "approval-key"
Answer = Literal["approve", "decline"]


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """What a link says."""

    incident: int
    action: int
    answer: Answer
    made_at: datetime


def link(desk: Desk, incident: int, action: int, answer: Answer) -> str:
    """The address for people; it ends when the proposal does."""
    content = msgspec.json.encode(Ticket(incident=incident, action=action, answer=answer, made_at=desk.now()))
    token = base64.urlsafe_b64encode(_sign(desk, content) + content).decode().rstrip("=")
    return desk.config.link("oncall", f"{PATH}/{token}")


def read(desk: Desk, token: str) -> Ticket:
    """What a link says; raises `LinkError` for one that is forged or whose time is over."""
    try:
        plain = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        plain = b""
    signature, content = plain[: hashlib.sha256().digest_size], plain[hashlib.sha256().digest_size :]
    if not content or not hmac.compare_digest(signature, _sign(desk, content)):
        raise LinkError("forged", "this link is not one of ours, or a part of it is missing: open the incident instead")
    ticket = msgspec.json.decode(content, type=Ticket)
    if desk.age(ticket.made_at) >= timedelta(minutes=desk.config.oncall.remedy.expire_minutes):
        made = f"{ticket.made_at:%Y-%m-%d %H:%M} UTC"
        raise LinkError("expired", f"this link was made at {made} and has ended: open the incident instead")
    return ticket


def _sign(desk: Desk, content: bytes) -> bytes:
    return hmac.digest(secrets.read(desk.config, KEY).encode(), content, "sha256")
