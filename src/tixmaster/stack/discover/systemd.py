"""systemd units whose processes listen: which unit a process belongs to is the name of its control group."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tixmaster.stack.discover import sockets
from tixmaster.stack.discover.found import Found, Look
from tixmaster.stack.discover.sockets import Listener
from tixmaster.stack.managers.systemd.control import USER_PREFIX

BOOTED = Path("/run/systemd/system")
"""Is there where systemd runs (sd_booted(3))."""
USER_MANAGER = re.compile(r"user@(?P<uid>\d+)\.service")
OF_THE_MACHINE = re.compile(
    r"(systemd-.*|sshd?|docker|containerd|cups|cups-browsed|avahi-daemon|chronyd?|ntp|rpcbind|named|bind9|dnsmasq|postfix@?.*"
    r"|exim4|pm2-.*|tailscaled|NetworkManager|supervisor)\.service"
)
"""Units that belong to the machine or to another manager; nobody is called at night for them by us."""


def look(listeners: Sequence[Listener]) -> Look:
    """Units with a process that listens."""
    if not BOOTED.is_dir():
        return Look(source="systemd", said="does not run here")
    by_unit: dict[str, list[Listener]] = defaultdict(list)
    for item in listeners:
        if item.pid is not None and (unit := unit_of(_groups(item.pid))):
            by_unit[unit].append(item)
    skipped = frozenset(
        item.pid for unit, at in by_unit.items() if OF_THE_MACHINE.fullmatch(unit) for item in at if item.pid
    )
    found = tuple(_translate(unit, at) for unit, at in sorted(by_unit.items()) if not OF_THE_MACHINE.fullmatch(unit))
    return Look(source="systemd", said=f"{len(found)} units that listen", found=found, pids=skipped)


def unit_of(groups: str) -> str | None:
    """The unit in the text of `/proc/PID/cgroup`: `shop.service`, or `user:shop.service` of this user's own systemd.

    None for what a person started (`session-3.scope`), for containers, and for units of other users.
    """
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "name=systemd"):
            continue
        parts = [part for part in path.split("/") if part.endswith(".service")]
        if not parts or path.endswith(".scope"):
            continue
        of_user = next((found for part in parts if (found := USER_MANAGER.fullmatch(part))), None)
        if of_user is None:
            return parts[0]
        if parts[-1] != of_user[0] and int(of_user["uid"]) == os.getuid():
            return f"{USER_PREFIX}{parts[-1]}"
    return None


def _translate(unit: str, at: list[Listener]) -> Found:
    host, ports = sockets.place(at)
    name = unit.removesuffix(".service")
    pids = frozenset(item.pid for item in at if item.pid is not None)
    return Found(name=name, title=name.removeprefix(USER_PREFIX), manager="systemd", pids=pids, host=host, ports=ports)


def _groups(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
