"""systemctl: asking systemd after a unit, and having it act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tixmaster.stack.errors import ManagerError, UnreachableError
from tixmaster.stack.managers.command import Answer, Tool, run
from tixmaster.stack.managers.systemd.unit import PROPERTIES, Unit, parse

SYSTEMCTL: Final = Tool(
    name="systemctl",
    where_missing="This machine does without systemd: give the service another `manager` in tixmaster.toml.",
    where_hanging="systemd is busy or hangs: `systemctl list-jobs` shows what it waits for.",
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
        of_whom = "the systemd of this user" if where.user else "systemd"
        advice = (
            "It runs while the user is logged in; `loginctl enable-linger` keeps it. It needs XDG_RUNTIME_DIR."
            if where.user
            else "In a container or under another init give the service another `manager` in tixmaster.toml."
        )
        return UnreachableError(f"{of_whom} does not answer ({answer.said}). {advice}")
    if any(words in answer.err for words in DENIED):
        return ManagerError(
            f"`{where.line(verb)}` is not allowed to this user ({answer.said}). Run `sudo {where.line(verb)}`, or give the "
            f"user that on-call runs as a polkit rule for org.freedesktop.systemd1.manage-units of {where.unit}.",
            answer.code,
        )
    return ManagerError(f"`{where.line(verb)}` failed: {answer.said}", answer.code)
