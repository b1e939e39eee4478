"""A Docker Engine for tests, and an image for its containers; everything it keeps is in a temporary folder."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tixmaster.stack import packages

DAEMON_SECONDS = 20.0
ON_THE_HOST = ("--iptables=false", "--ip6tables=false", "--bridge=none")
"""Leaves this machine's own network alone."""


def docker(*arguments: str, given: bytes | None = None) -> str:
    """Runs a docker command against the engine that DOCKER_HOST names."""
    return subprocess.run(
        ["docker", *arguments], input=given, check=True, capture_output=True, timeout=60
    ).stdout.decode()


def image(script: str = "") -> bytes:
    """A root file system for `docker import`: busybox, a shell, the script as `/run.sh`, and one file to serve."""
    files = {"bin/busybox": Path(shutil.which("busybox") or "").read_bytes(), "run.sh": script.encode()}
    files |= {"bin/sh": files["bin/busybox"], "www/api/health": b'{"database": "ok"}\n'}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for folder in (".", "bin", "www", "www/api"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


@contextmanager
def engine_root() -> Iterator[Path]:
    """A folder for all that an engine keeps. Skips the test, saying why, where none can run."""
    if os.geteuid() != 0 or packages.missing(packages.CONTAINERS) or not shutil.which("docker"):
        pytest.skip("needs root, dockerd, docker and busybox-static")
    root = Path(tempfile.mkdtemp(prefix="tix-docker-"))
    root.chmod(0o711)  # everybody may try the socket, as on a real machine
    yield root
    shutil.rmtree(root)


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A running Docker Engine."""

    address: str
    pid: int


@contextmanager
def running_engine(root: Path, *command: str) -> Iterator[Engine]:
    """The engine that the command starts, on what is kept in `root`. Skips the test where it cannot run."""
    address = f"unix://{root}/docker.sock"
    kept = [] if any(word.startswith("--data-root") for word in command) else ["--data-root", f"{root}/data"]
    places = [*kept, "--exec-root", f"{root}/exec", "--pidfile", f"{root}/pid", "-H", address]
    with (root / "log").open("wb") as log:
        process = subprocess.Popen([*command, *places], stdout=log, stderr=log)
    deadline = time.monotonic() + DAEMON_SECONDS
    try:
        while subprocess.run(["docker", "-H", address, "version"], capture_output=True).returncode != 0:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.skip(f"dockerd cannot run here: {(root / 'log').read_text().strip().splitlines()[-1]}")
            time.sleep(0.05)
        yield Engine(address=address, pid=process.pid)
    finally:
        process.terminate()  # not SIGKILL, which its containerd would outlive
        process.wait(30)
        left = root / "exec" / "netns" / "default"  # dockerd leaves it mounted once a container has run
        if left.exists():
            subprocess.run(["umount", str(left)], check=True)
            left.unlink()


@contextmanager
def own_engine() -> Iterator[str]:
    """A Docker Engine of the tests' own, for containers on the host's network; its address."""
    with engine_root() as root, running_engine(root, "dockerd", "--storage-driver=vfs", *ON_THE_HOST) as engine:
        yield engine.address
