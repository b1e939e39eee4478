"""The locks of apt and dpkg, held by another process."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tixmaster.stack import apt_lock, packages

ROOT = Path(__file__).parents[3]
HOLD = """
import fcntl, sys
f = open(sys.argv[1], "rb+")
fcntl.lockf(f, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""
REAL = pytest.mark.skipif(
    not shutil.which("apt-get") or os.geteuid() != 0 or not Path("/var/lib/dpkg/lock-frontend").exists(),
    reason="apt's own locks belong to root",
)


@contextmanager
def held(lock: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the lock, until it is told to go."""
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_holder_is_named_until_it_lets_go(tmp_path: Path) -> None:
    """With how long it has been; afterwards the way is free."""
    lock = tmp_path / "lock"
    lock.touch()
    said: list[str] = []
    with held(lock) as process:
        found = apt_lock.wait(said.append, seconds=1.0, locks=[lock])
        assert found == apt_lock.LockHolder(lock=lock, pid=process.pid)
        assert re.search(rf"waiting for another package manager \(python[\d.]*, process {process.pid}\) … 0 s", said[0])
        assert f"process {process.pid}) has held {lock}" in apt_lock.refusal(found, 1.0)

        def let_go(line: str) -> None:
            said.append(line)
            process.kill()

        assert apt_lock.wait(let_go, seconds=600, locks=[lock]) is None
    assert apt_lock.holder([lock, tmp_path / "missing"]) is None


@REAL
@pytest.mark.parametrize("lock", apt_lock.LOCKS, ids=str)
def test_the_real_locks_are_seen(lock: Path) -> None:
    """Those that apt-get and dpkg take."""
    if not lock.exists():
        pytest.skip(f"{lock} is not there")
    with held(lock) as process:
        found = apt_lock.holder()
        assert found is not None
        assert found.pid == process.pid


@REAL
def test_apt_is_run_once_the_lock_is_free() -> None:
    """Not before: it would fail at once, because it does not wait for this lock."""
    said: list[str] = []
    with held(apt_lock.LOCKS[1]) as process:

        def let_go(line: str) -> None:
            said.append(line)
            process.kill()

        packages._run_apt(
            ["install", "-y", "-qq", "--download-only", "--reinstall", "hostname"], let_go, {**os.environ}
        )
    assert "waiting for another package manager" in said[0]
    assert said[1].startswith("apt-get -o DPkg::Lock::Timeout=60 install")


@REAL
def test_the_launcher_waits_too() -> None:
    """It says who is in the way, and gives up in the end with the name."""
    text = (ROOT / "tix").read_text()
    functions = (
        text[text.index("say()") : text.index("find_python()")] + text[text.index("apt()") : text.index("make_venv()")]
    )
    script = functions + '\napt install -y -qq --download-only --reinstall hostname || fail "$apt_said"\necho done\n'
    with held(apt_lock.LOCKS[1]) as process:
        done = subprocess.run(
            ["sh", "-eu", "-c", script],
            env={**os.environ, "TIX_LOCK_SECONDS": "5"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 2
        assert f"waiting for another package manager (process {process.pid} (" in done.stderr
        assert f"another package manager (process {process.pid} (" in done.stderr.splitlines()[-1]
    free = subprocess.run(["sh", "-eu", "-c", script], capture_output=True, text=True, timeout=300)
    assert (free.returncode, free.stdout) == (0, "done\n"), free.stderr
