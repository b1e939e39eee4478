"""PM2's daemon: each user has one of their own, in `PM2_HOME`.

It is looked for before PM2 is asked anything, because every question to a PM2 that is not running starts one.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from tixmaster.stack.errors import ManagerError, UnreachableError
from tixmaster.stack.managers.command import Tool, run
from tixmaster.stack.said import Said, joined, said

CONNECT_SECONDS = 2.0
ASK_SECONDS = 10.0
ACT_SECONDS = 90.0
"""PM2 waits for the old process as long as its `kill_timeout` says."""
PM2 = Tool(
    name="pm2",
    where_missing=Said(
        "Install it (`npm install -g pm2`), or add the folder that holds it to the PATH (nvm keeps it in its own).",
        "請安裝（`npm install -g pm2`），或將其所在目錄加入 PATH（nvm 另有自己的目錄）。",
    ),
    where_hanging=Said(
        "Its daemon may hang (`pm2 ping`); `pm2 update` replaces it and starts its processes again.",
        "其常駐程式可能卡住（`pm2 ping`）；`pm2 update` 會將其更換並重新啟動各行程。",
    ),
)
GOD = re.compile(r"God Daemon \((?P<home>[^)]+)\)")


def home() -> Path:
    """The folder of this user's daemon, as PM2 itself finds it."""
    return Path(os.environ.get("PM2_HOME") or Path.home() / ".pm2")


def ask() -> list[dict[str, Any]]:
    """Every process that PM2 has, as `pm2 jlist` gives it: `name`, `pid`, `pm2_env`. It holds secrets (the environment)."""
    check()
    answer = run(PM2, "jlist", seconds=ASK_SECONDS)
    found = processes_in(answer.out)
    if found is None:
        raise ManagerError(
            said(
                "`pm2 jlist` (PM2_HOME {home}) gave no list of processes; it said: {said}",
                "`pm2 jlist`（PM2_HOME {home}）未列出行程；其輸出為：{said}",
                home=home(),
                said=answer.said,
            )
        )
    return found


def act(verb: str, name: str) -> None:
    """`pm2 restart`, `start` or `stop` of all instances of the name; raises `ManagerError` with PM2's words."""
    check()
    answer = run(PM2, verb, name, seconds=ACT_SECONDS)
    if answer.code != 0:
        failed = said(
            "`pm2 {verb} {name}` failed: {said}",
            "`pm2 {verb} {name}` 失敗：{said}",
            verb=verb,
            name=name,
            said=answer.said,
        )
        raise ManagerError(failed, answer.code)


def processes_in(text: str) -> list[dict[str, Any]] | None:
    """The list in what `pm2 jlist` printed, whatever banner or advice about an update stands around it; None without."""
    empty = None
    for place in (found.start() for found in re.finditer(r"\[", text)):
        try:
            value, _ = json.JSONDecoder().raw_decode(text, place)
        except ValueError:
            continue
        if value == []:
            empty = value
        elif isinstance(value, list) and all(isinstance(item, dict) and "pm2_env" in item for item in value):
            return value
    return empty


def check() -> None:
    """Raises `UnreachableError` where PM2 is not installed, or, saying whose daemons there are, does not run."""
    PM2.path()
    path = home() / "rpc.sock"
    if not hasattr(socket, "AF_UNIX"):  # Windows, where it is a named pipe; then PM2's own words must do
        return
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(str(path))
        except PermissionError as error:
            raise UnreachableError(
                said(
                    "PM2's daemon in {home} belongs to another user: {path} may not be opened. Run tix as that user.",
                    "{home} 的 PM2 常駐程式屬於其他使用者：無權開啟 {path}。請以該使用者執行 tix。",
                    home=home(),
                    path=path,
                )
            ) from error
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
            raise UnreachableError(_not_running()) from error
        except OSError:  # too long a path, too busy a daemon: PM2 itself will say
            return


def others() -> Iterator[tuple[str, str]]:
    """Who else runs a daemon on this machine, and where: (user, PM2_HOME)."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if found := GOD.search(" ".join(process.cmdline())):
                yield process.username(), found["home"]


def _not_running() -> Said:
    elsewhere = [
        said("{user} runs one with PM2_HOME={home}", "{user} 以 PM2_HOME={home} 執行", user=user, home=place)
        for user, place in others()
        if Path(place) != home()
    ]
    if elsewhere:
        return said(
            "PM2 is not running for this user (PM2_HOME {home}), but {others}. Run tix as that user, or set PM2_HOME.",
            "此使用者的 PM2 未執行（PM2_HOME {home}），但 {others}。請以該使用者執行 tix，或設定 PM2_HOME。",
            home=home(),
            others=joined(elsewhere),
        )
    return said(
        "PM2 is not running for this user (PM2_HOME {home}). `pm2 resurrect` starts it with the processes "
        "that `pm2 save` kept.",
        "此使用者的 PM2 未執行（PM2_HOME {home}）。`pm2 resurrect` 會將其啟動，並帶入 `pm2 save` 儲存的行程。",
        home=home(),
    )
