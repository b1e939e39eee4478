"""Packages of npm that tests need, installed once a machine into a temporary folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

INSTALL_SECONDS = 300


def installed(name: str) -> str:
    """Where the program is; skips where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@cache
def modules(name: str, version: str) -> Path:
    """The folder `node_modules` with that package; skips where Node or npm is missing, or npm cannot install it."""
    for program in ("node", "npm"):
        installed(program)
    place = Path(tempfile.gettempdir()) / f"tixmaster-npm-{name.replace('/', '-')}-{version}-{os.getuid()}"
    place.mkdir(exist_ok=True)
    whole = place / "whole"
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(place), f"{name}@{version}"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS)
            if done.returncode != 0:
                pytest.skip(f"npm cannot install {name}: {done.stderr.strip()[-300:]}")
            whole.touch()
    return place / "node_modules"
