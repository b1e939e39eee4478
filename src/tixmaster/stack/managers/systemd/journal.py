"""journalctl: what a unit's process printed, and what systemd noted about the unit.

Format: one JSON object a line, all values strings; what is no UTF-8 is a list of bytes, a field given twice a list of
strings (systemd.io, "Journal JSON Format").
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from tixmaster.stack.errors import ManagerError
from tixmaster.stack.managers.command import Tool, run
from tixmaster.stack.managers.systemd.control import Place
from tixmaster.stack.managers.verbs import Event
from tixmaster.stack.said import Said, said, verbatim

JOURNALCTL: Final = Tool(
    name="journalctl",
    where_missing=Said(
        "It belongs to systemd; a service that writes files has them in `logs` of tixmaster.toml.",
        "它屬於 systemd；寫入檔案的服務請於 tixmaster.toml 的 `logs` 列出。",
    ),
    where_hanging=Said(
        "A journal on a slow disk may take longer: `journalctl --disk-usage`, `journalctl --vacuum-size=1G`.",
        "磁碟緩慢時讀取日誌可能較久：`journalctl --disk-usage`、`journalctl --vacuum-size=1G`。",
    ),
)
ASK_SECONDS = 20.0
EVENTS = 200
MAY_NOT_READ: Final = ("insufficient permissions", "not seeing messages from other users")


def logs(where: Place, lines: int) -> list[str]:
    """The last lines that the unit's processes printed."""
    unit = "_SYSTEMD_USER_UNIT" if where.user else "_SYSTEMD_UNIT"
    return [line for entry in _entries(where, unit, lines) for line in _text(entry.get("MESSAGE")).splitlines()][
        -lines:
    ]


def events(where: Place) -> list[Event]:
    """What systemd itself noted about the unit, oldest first: starts, ends, restarts, want of memory."""
    found = _entries(where, "USER_UNIT" if where.user else "UNIT", EVENTS)
    return [
        Event(
            at=datetime.fromtimestamp(int(entry["__REALTIME_TIMESTAMP"]) / 1e6, UTC),
            text=verbatim(_text(entry.get("MESSAGE"))),
        )
        for entry in found
        if "__REALTIME_TIMESTAMP" in entry
    ]


def _entries(where: Place, field: str, count: int) -> list[dict[str, Any]]:
    matches = [f"{field}={where.unit}", *([f"_UID={os.getuid()}"] if where.user else [])]
    answer = run(JOURNALCTL, "--output=json", "--all", "--no-pager", f"--lines={count}", *matches, seconds=ASK_SECONDS)
    denied = any(words in answer.err for words in MAY_NOT_READ)
    if not answer.out and (denied or answer.code != 0):
        raise ManagerError(
            said(
                "the journal of {unit} cannot be read ({said}). "
                "Add the user that runs tix to the group systemd-journal, and log in again.",
                "無法讀取 {unit} 的日誌（{said}）。請將執行 tix 的使用者加入 systemd-journal 群組並重新登入。",
                unit=where.unit,
                said=answer.said,
            ),
            answer.code,
        )
    return [entry for line in answer.out.splitlines() if (entry := _entry(line)) is not None]


def _entry(line: str) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError:  # the last line of a journal that was cut short
        return None


def _text(message: object) -> str:
    """A message as text, whichever way the journal gives it."""
    if isinstance(message, list):
        whole = all(isinstance(item, int) for item in message)
        return bytes(message).decode("utf-8", "replace") if whole else "\n".join(map(str, message))
    return str(message or "")
