"""The account that PostgreSQL runs under where we are root, because it refuses to be root itself. Grafana does so too.

Where we hold the capability, the account gets one thing more than any other: to pass folders that are closed to others,
so that a checkout below /root works. In a container root often lacks that; then the folders must let it through.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from tixmaster.stack.errors import StackError

NAME = "tixmaster"
DAC_READ_SEARCH, SETPCAP = 2, 8
"""Bits of a capability set (linux/capability.h)."""


class SystemUserError(StackError):
    """There is no account to run PostgreSQL under, or it cannot get at what it needs."""


def prefix() -> list[str]:
    """What goes before a command so that it does not run as root; nothing where it would not."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        raise SystemUserError(
            "PostgreSQL must not run as root, and setpriv (util-linux) is missing. Run as another user."
        )
    user = _user()
    identity = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    if not _passes_closed_folders():
        return identity
    capability = "+dac_read_search"
    return [
        *identity,
        f"--inh-caps={capability}",
        f"--ambient-caps={capability}",
        f"--bounding-set=-all,{capability}",
    ]


def uid() -> int:
    """The user that owns what `give` gave: the account where we are root, otherwise we ourselves."""
    return os.geteuid() or _user().pw_uid


def give(path: Path) -> None:
    """Gives the folder (made where missing) or file to the account, and to nobody else."""
    if not path.exists():
        path.mkdir(mode=0o700, parents=True)
    path.chmod(0o700 if path.is_dir() else 0o600)
    if os.geteuid() == 0:
        user = _user()
        os.chown(path, user.pw_uid, user.pw_gid)


def make_private(folder: Path) -> None:
    """Closes a folder (made where missing) to everybody but us; the account may still walk through to its own part."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700 if os.geteuid() != 0 or _passes_closed_folders() else 0o711)


def check_way(path: Path) -> None:
    """Raises `SystemUserError` naming the first folder on the way to `path` that the account may not enter."""
    if os.geteuid() != 0 or _passes_closed_folders():
        return
    uid = _user().pw_uid
    for folder in reversed([parent for parent in path.parents if parent.is_dir()]):
        about = folder.stat()
        if about.st_uid != uid and not about.st_mode & stat.S_IXOTH:
            raise SystemUserError(
                f"PostgreSQL runs as the user {NAME}, which may not enter {folder}. "
                f"Open it (`chmod o+x {folder}`), move the checkout (to /opt, for example), or run as a user who is not root."
            )


def _user() -> pwd.struct_passwd:
    """The account; created where it is missing."""
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        _create()
        return pwd.getpwnam(NAME)


def _create() -> None:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or error
        raise SystemUserError(
            f"PostgreSQL must not run as root and the user {NAME} cannot be created: {said}. "
            f"Create it (`useradd --system {NAME}`) or run as a user who is not root."
        ) from error


def _passes_closed_folders() -> bool:
    """Whether we may hand the capability on (Linux; root outside a container)."""
    try:
        about = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    held = next((int(line.split()[1], 16) for line in about.splitlines() if line.startswith("CapEff:")), 0)
    return all(held >> bit & 1 for bit in (DAC_READ_SEARCH, SETPCAP))
