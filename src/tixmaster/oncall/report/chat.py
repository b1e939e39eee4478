"""Chat: a short message into each channel of `[[oncall.channels]]`, by Apprise (Slack, Discord, Telegram, LINE, Teams…).

The address of a channel is a secret, as it holds its token: it is printed nowhere, and blacked out of what Apprise says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote

import msgspec
import sqlalchemy as sa

from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.evidence.redact import redact
from tixmaster.oncall.report.outbox import Receipt
from tixmaster.oncall.report.secret_file import read_secret
from tixmaster.stack.config import Channel, Config
from tixmaster.stack.said import said, system

if TYPE_CHECKING:
    from tixmaster.oncall.desk import Desk

SECONDS = 15.0
"""After which Apprise stops waiting for a channel."""
LONGEST_TEXT = 1500
SHORTEST_SECRET = 6
NOT_FOR_GOOD = (401, 403, 404, 408, 425, 429)
"""Answers below 500 after which another attempt can succeed: too often, or an address that can be mended."""
_STATUS = re.compile(r"error=(\d{3})")

Mood = Literal["info", "success", "warning", "failure"]


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A message as the outbox keeps it."""

    title: str
    body: str
    mood: Mood


def deliver(desk: Desk, row: sa.RowMapping) -> Receipt:
    """Sends a message into its channel."""
    channel = desk.config.oncall.channel(row["address"])
    if channel is None:
        gone = said(
            "tixmaster.toml knows no channel {name} any more", "tixmaster.toml 已無頻道 {name}", name=row["address"]
        )
        raise DeliveryError(gone, retry=False)
    send(desk.config, channel, msgspec.json.decode(row["body"], type=Text))
    text = said(
        "Message to {name}: {subject}", "已傳送訊息至 {name}：{subject}", name=channel.name, subject=row["subject"]
    )
    return Receipt(kind="chat-sent", text=text)


def send(config: Config, channel: Channel, text: Text) -> None:
    """Sends the text; raises `DeliveryError`, which says whether another attempt can succeed."""
    import apprise  # two hundred kinds of service, which nobody without a channel should wait for

    url = read_secret(config, channel.url_file) if channel.url_file else channel.url or ""
    asset = apprise.AppriseAsset(app_id="TixMaster", app_desc="TixMaster on-call", async_mode=False)
    service = apprise.Apprise(asset=asset)
    if not service.add(url):
        raise DeliveryError(
            said(
                "the channel {name} has an address that Apprise cannot use. Write it as its documentation shows for that "
                "service (`apprise --details` lists them), then run `tix channels test`.",
                "頻道 {name} 的位址無法由 Apprise 使用。請依其文件中該服務的格式填寫（`apprise --details` 可列出），"
                "再執行 `tix channels test`。",
                name=channel.name,
            ),
            retry=True,
        )
    answer: Any = service.notify(
        title=redact(text.title),
        body=redact(text.body)[:LONGEST_TEXT],
        notify_type=text.mood,
        body_format=apprise.NotifyFormat.TEXT,
        timeout=SECONDS,
        log_level=_WARNING,
    )
    if not answer:
        complaints = [entry.message for entry in answer.logs() if entry.level in ("WARNING", "ERROR", "CRITICAL")]
        raise _refusal(channel.name, complaints, url)


_WARNING = 30


def _refusal(name: str, complaints: Iterable[str], url: str) -> DeliveryError:
    words = _without_secrets("; ".join(complaints), url)
    status = _STATUS.search(words)
    code = int(status[1]) if status else None
    for_good = code is not None and 400 <= code < 500 and code not in NOT_FOR_GOOD
    refused = said(
        "the channel {name} did not take it: {why}",
        "頻道 {name} 未收下：{why}",
        name=name,
        why=system(words) if words else said("no answer within its time limit", "未於時限內回應"),
    )
    return DeliveryError(refused, retry=not for_good)


def _without_secrets(words: str, url: str) -> str:
    """Whatever of the address could be a token is blacked out."""
    for part in sorted(set(re.split(r"[/:@?&=]+", f"{url}/{unquote(url)}")), key=len, reverse=True):
        if len(part) >= SHORTEST_SECRET:
            words = words.replace(part, "[secret]")
    return redact(words)
