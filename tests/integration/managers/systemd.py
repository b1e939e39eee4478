"""A `systemctl` and a `journalctl` that give what real ones were recorded to give: systemd runs in few test machines.

The texts follow systemd 252 (Debian 12): `systemctl show`, `journalctl --output=json` and the messages of both.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

RUNNING = """\
MainPID=812
NRestarts=0
ExecMainStartTimestampMonotonic={ago}
ExecMainExitTimestampMonotonic=0
ExecMainCode=0
ExecMainStatus=0
Result=success
Id=shop.service
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
"""
RUNNING_AGAIN = RUNNING.replace("MainPID=812", "MainPID=2044")
WAITING = """\
MainPID=0
NRestarts=4
ExecMainStartTimestampMonotonic=5168243
ExecMainExitTimestampMonotonic=5302201
ExecMainCode=1
ExecMainStatus=7
Result=exit-code
Id=shop.service
LoadState=loaded
ActiveState=activating
SubState=auto-restart
UnitFileState=enabled
"""
GIVEN_UP = WAITING.replace("activating", "failed").replace("auto-restart", "failed")
OUT_OF_MEMORY = """\
MainPID=0
NRestarts=0
ExecMainStartTimestampMonotonic=5168243
ExecMainExitTimestampMonotonic=5302201
ExecMainCode=2
ExecMainStatus=9
Result=oom-kill
Id=shop.service
LoadState=loaded
ActiveState=failed
SubState=failed
UnitFileState=enabled
"""
STOPPED = """\
MainPID=0
NRestarts=0
ExecMainStartTimestampMonotonic=0
ExecMainExitTimestampMonotonic=0
ExecMainCode=0
ExecMainStatus=0
Result=success
Id=shop.service
LoadState=loaded
ActiveState=inactive
SubState=dead
UnitFileState=disabled
"""
DONE = STOPPED.replace("inactive", "active").replace("dead", "exited")
NOT_FOUND = """\
MainPID=0
NRestarts=0
ExecMainStartTimestampMonotonic=0
ExecMainExitTimestampMonotonic=0
ExecMainCode=0
ExecMainStatus=0
Result=success
Id=shop.service
LoadState=not-found
ActiveState=inactive
SubState=dead
LoadError=org.freedesktop.systemd1.NoSuchUnit "Unit shop.service not found."
UnitFileState=
"""
MASKED = STOPPED.replace("LoadState=loaded", "LoadState=masked")
DENIED = """\
Failed to restart shop.service: Interactive authentication required.
See system logs and 'systemctl status shop.service' for details.
"""
NO_SYSTEMD = """\
System has not been booted with systemd as init system (PID 1). Can't operate.
Failed to connect to bus: Host is down
"""
NO_USER_BUS = "Failed to connect to bus: No medium found\n"
JOURNAL_DENIED = """\
Hint: You are currently not seeing messages from other users and the system.
      Users in groups 'adm', 'systemd-journal' can see all messages.
      Pass -q to turn off this notice.
No journal files were opened due to insufficient permissions.
"""

SYSTEMCTL = """\
#!/bin/sh
here=$(dirname "$0")
echo "$@" >>"$here/calls"
[ -f "$here/broken" ] && { cat "$here/broken" >&2; exit 1; }
case "$*" in
*"show "*) cat "$here/show" ;;
*) if [ -f "$here/refusal" ]; then cat "$here/refusal" >&2; exit 1; fi; mv "$here/after" "$here/show" ;;
esac
"""
JOURNALCTL = """\
#!/bin/sh
here=$(dirname "$0")
echo "$@" >>"$here/asked"
[ -f "$here/denied" ] && { cat "$here/denied" >&2; exit 1; }
case "$*" in
*" _SYSTEMD_U"*) cat "$here/printed" ;;
*) cat "$here/noted" ;;
esac
"""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """The folder of the two programs; what lies in it is what they say."""

    folder: Path

    def say(self, what: str, text: str) -> None:
        """Lays down an answer: `show`, `after` (an action), `refusal`, `broken`, `printed`, `noted`, `denied`."""
        (self.folder / what).write_text(text)

    def calls(self, which: str = "calls") -> list[str]:
        """How systemctl (`calls`) or journalctl (`asked`) was called so far."""
        return (self.folder / which).read_text().splitlines()


def running(text: str = RUNNING, *, seconds_ago: float = 60.0) -> str:
    """What `systemctl show` says of a process that started so long ago."""
    return text.format(ago=int((time.monotonic() - seconds_ago) * 1e6))


def entry(message: object, **fields: Any) -> str:
    """A line of `journalctl --output=json`: all values are strings but what is no UTF-8."""
    common = {
        "__CURSOR": "s=0f1e;i=2a;b=77c1;m=6a1b2c;t=6441f0d2c8a40;x=9d1",
        "__REALTIME_TIMESTAMP": "1763910000123456",
        "__MONOTONIC_TIMESTAMP": "6954828",
        "_BOOT_ID": "77c1e2a4b6d84d10a0b6a3f6f2c5d9e1",
        "PRIORITY": "6",
        "_PID": "812",
    }
    return json.dumps({**common, "MESSAGE": message, **fields}) + "\n"


def recorded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """Puts the two programs on the PATH."""
    for name, script in (("systemctl", SYSTEMCTL), ("journalctl", JOURNALCTL)):
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return Recorded(folder=folder)
