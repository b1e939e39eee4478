"""The files in which PM2 keeps what a process prints, as `pm2 jlist` names them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.logs.stamps import NO_JSON
from tixmaster.stack.said import said, system

SECONDS: Final = 15.0


@dataclass(frozen=True, kw_only=True)
class Pm2Files:
    """Of all processes of that name; in a cluster each may have its own."""

    all: tuple[Path, ...]
    errors: tuple[Path, ...]
    """What the processes wrote to standard error; empty where both go into one file."""


def files(name: str) -> Pm2Files:
    """Where the process's output is; raises `UnreachableError` where PM2 does not answer or does not know it."""
    processes = _processes()
    environments = [
        one["pm2_env"] for one in processes if one.get("name") == name and isinstance(one.get("pm2_env"), dict)
    ]
    if not environments:
        known = ", ".join(sorted({str(one.get("name")) for one in processes}))
        raise UnreachableError(
            said(
                "PM2 knows no process {name} (it has: {others}). Start it, or correct its `name`.",
                "PM2 沒有行程 {name}（現有：{others}）。請將其啟動，或修正其 `name`。",
                name=name,
                others=known or said("none", "無"),
            )
        )
    out, err = (_paths(environments, key) for key in ("pm_out_log_path", "pm_err_log_path"))
    return Pm2Files(all=tuple(dict.fromkeys(out + err)), errors=tuple(path for path in err if path not in out))


def _paths(environments: list[dict[str, Any]], key: str) -> list[Path]:
    named = dict.fromkeys(path for one in environments if isinstance(path := one.get(key), str))
    return [Path(path) for path in named if path not in ("", "/dev/null")]


def _processes() -> list[dict[str, Any]]:
    try:
        done = subprocess.run(["pm2", "jlist"], capture_output=True, timeout=SECONDS, check=False)
    except FileNotFoundError as error:
        raise UnreachableError(
            said(
                "pm2 is not installed on this machine, or not on the PATH. npm install -g pm2",
                "此機器未安裝 pm2，或不在 PATH 中：`npm install -g pm2`",
            )
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnreachableError(
            said(
                "PM2 did not answer: {why}. `pm2 ping` starts or wakes its daemon.",
                "PM2 沒有回應：{why}。`pm2 ping` 可啟動或喚醒其常駐程式。",
                why=system(error),
            )
        ) from error
    # It may speak before the list, of updates or of its daemon.
    for line in done.stdout.splitlines():
        if line.startswith(b"["):
            try:
                return msgspec.json.decode(line, type=list[dict[str, Any]])
            except NO_JSON:
                continue
    words = (done.stderr or done.stdout).decode("utf-8", "replace").strip()[-300:]
    raise UnreachableError(
        said(
            "PM2 gave no list of its processes: {words}. Try `pm2 jlist` by hand.",
            "PM2 未列出其行程：{words}。請手動執行 `pm2 jlist`。",
            words=words or said("it said nothing", "沒有任何輸出"),
        )
    )
