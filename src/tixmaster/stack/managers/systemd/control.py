"""systemctl: asking systemd after a unit, and having it act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tixmaster.stack.errors import ManagerError, UnreachableError
from tixmaster.stack.managers.command import Answer, Tool, run
from tixmaster.stack.managers.systemd.unit import PROPERTIES, Unit, parse
from tixmaster.stack.said import Said, said

SYSTEMCTL: Final = Tool(
    name="systemctl",
    where_missing=Said(
        "This machine does without systemd: give the service another `manager` in tixmaster.toml.",
        "此機器沒有 systemd：請於 tixmaster.toml 為該服務設定其他 `manager`。",
    ),
    where_hanging=Said(
        "systemd is busy or hangs: `systemctl list-jobs` shows what it waits for.",
        "systemd 忙碌或卡住：`systemctl list-jobs` 可查看它在等待什麼。",
    ),
)
ASK_SECONDS = 5.0
ACT_SECONDS = 150.0
"""By default a unit may take 90 s to stop and as long to start."""
USER_PREFIX = "user:"
NO_BUS: Final = ("Failed to connect to bus", "not been booted with systemd", "Failed to get D-Bus connection")
DENIED: Final = (
    "Interactive authentication required",
    "Access denied",
    "Permission denied",
    "Authentication is required",
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which unit of which systemd: the machine's, or (`user`) that of the user we run as."""

    unit: str
    user: bool

    @property
    def scope(self) -> tuple[str, ...]:
        """What `systemctl` needs to be told."""
        return ("--user",) if self.user else ()

    def line(self, verb: str) -> str:
        """The command a person would type."""
        return " ".join(("systemctl", *self.scope, verb, self.unit))


def place(name: str) -> Place:
    """The unit that a service's `name` means: `shop`, `shop.service`, `user:shop`."""
    user = name.startswith(USER_PREFIX)
    unit = name.removeprefix(USER_PREFIX)
    return Place(unit=unit if "." in unit else f"{unit}.service", user=user)


def show(where: Place) -> Unit:
    """The unit as systemd sees it; also where it knows none of that name."""
    answer = run(
        SYSTEMCTL, *where.scope, "show", "--no-pager", f"--property={PROPERTIES}", "--", where.unit, seconds=ASK_SECONDS
    )
    if answer.code != 0:
        raise _complaint(where, "show", answer)
    return parse(where.unit, answer.out)


def act(where: Place, verb: str) -> None:
    """`restart`, `start` or `stop`: returns when systemd has done it; raises `ManagerError` with its words."""
    answer = run(SYSTEMCTL, *where.scope, "--no-ask-password", verb, "--", where.unit, seconds=ACT_SECONDS)
    if answer.code != 0:
        raise _complaint(where, verb, answer)


def _complaint(where: Place, verb: str, answer: Answer) -> ManagerError | UnreachableError:
    if any(words in answer.err for words in NO_BUS):
        silent = (
            Said(
                "the systemd of this user does not answer ({said}). It runs while the user is logged in; "
                "`loginctl enable-linger` keeps it. It needs XDG_RUNTIME_DIR.",
                "此使用者的 systemd 沒有回應（{said}）。它僅在使用者登入時執行；`loginctl enable-linger` 可讓它持續執行。"
                "它需要 XDG_RUNTIME_DIR。",
            )
            if where.user
            else Said(
                "systemd does not answer ({said}). In a container or under another init give the service another `manager` "
                "in tixmaster.toml.",
                "systemd 沒有回應（{said}）。若在容器內或使用其他 init，請於 tixmaster.toml 為該服務設定其他 `manager`。",
            )
        )
        return UnreachableError(silent.filled(said=answer.said))
    if any(words in answer.err for words in DENIED):
        return ManagerError(
            said(
                "`{line}` is not allowed to this user ({said}). Run `sudo {line}`, or give the user that on-call runs as a "
                "polkit rule for org.freedesktop.systemd1.manage-units of {unit}.",
                "此使用者無權執行 `{line}`（{said}）。請執行 `sudo {line}`，或為執行值勤系統的使用者加入 {unit} 的 "
                "org.freedesktop.systemd1.manage-units polkit 規則。",
                line=where.line(verb),
                said=answer.said,
                unit=where.unit,
            ),
            answer.code,
        )
    failed = said("`{line}` failed: {said}", "`{line}` 失敗：{said}", line=where.line(verb), said=answer.said)
    return ManagerError(failed, answer.code)
