"""System packages the stack needs: named, and installed where we may (apt as root, Homebrew)."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tixmaster.stack import apt_lock
from tixmaster.stack.programs import ALERTMANAGER_NAMES, PROMETHEUS_NAMES, installed

INSTALL_SECONDS = 600
LOCK_OPTION = ("-o", "DPkg::Lock::Timeout=60")
LOCKED = ("Could not get lock", "Unable to acquire the dpkg frontend lock")
"""What apt says (in C's language) when another package manager was faster."""
POLICY = Path("/usr/sbin/policy-rc.d")
NO_SERVICES = (
    "#!/bin/sh\n# Written by tix for the length of one installation: packaged services must not start.\nexit 101\n"
)


@dataclass(frozen=True, kw_only=True)
class Package:
    """A system package, what it is called where, and what is lost without it."""

    service: str
    binaries: tuple[str, ...]
    debian: str
    homebrew: str | None
    cost: str
    units: tuple[str, ...] = ()
    """What Debian's package would start at every boot (systemd)."""


PACKAGES = (
    Package(
        service="prometheus",
        binaries=PROMETHEUS_NAMES,
        debian="prometheus",
        homebrew="prometheus",
        cost="no metrics are kept, no alert fires and no graph can be drawn",
        units=("prometheus",),
    ),
    Package(
        service="alertmanager",
        binaries=ALERTMANAGER_NAMES,
        debian="prometheus-alertmanager",
        homebrew="alertmanager",
        cost="alerts reach neither on-call nor anybody's mailbox",
        units=("prometheus-alertmanager",),
    ),
)
CONTAINERS = (
    Package(
        service="docker",
        binaries=("dockerd",),
        debian="docker.io",
        homebrew=None,
        cost="Grafana's container, and Docker and Compose as service managers, are not tested",
        units=("docker.service", "docker.socket"),
    ),
    Package(
        service="busybox",
        binaries=("busybox",),
        debian="busybox-static",
        homebrew=None,
        cost="Grafana's container, and Docker and Compose as service managers, are not tested",
    ),
)
"""What the tests need to run containers."""
COMPOSE = Package(
    service="docker-compose",
    binaries=("docker-compose",),
    debian="docker-compose",
    homebrew=None,
    cost="Compose as a service manager is not tested",
)
DEBOOTSTRAP = Package(
    service="debootstrap",
    binaries=("debootstrap",),
    debian="debootstrap",
    homebrew=None,
    cost="the image of our own services is not built and tested",
)
EXPORTERS = (
    Package(
        service="postgres_exporter",
        binaries=("prometheus-postgres-exporter", "postgres_exporter"),
        debian="prometheus-postgres-exporter",
        homebrew=None,
        cost="that the rules know the names of its metrics is not tested",
        units=("prometheus-postgres-exporter",),
    ),
    Package(
        service="node_exporter",
        binaries=("prometheus-node-exporter", "node_exporter"),
        debian="prometheus-node-exporter",
        homebrew="node_exporter",
        cost="that the rules know the names of its metrics is not tested",
        units=("prometheus-node-exporter",),
    ),
)
"""What may measure PostgreSQL and the machine in on-call's place."""
BROWSER = Package(
    service="chromium",
    binaries=("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    debian="chromium",
    homebrew=None,
    cost="no page is tested in a browser, and neither is the printed manual",
)
FOR_TESTS = (*CONTAINERS, COMPOSE, DEBOOTSTRAP, *EXPORTERS, BROWSER)
"""What `tix test` installs besides."""
FOR_NPM = (
    Package(
        service="node",
        binaries=("node",),
        debian="nodejs",
        homebrew="node",
        cost="PM2, services written in Node, and whether pages are accessible are not tested",
    ),
    Package(
        service="npm",
        binaries=("npm",),
        debian="npm",
        homebrew=None,
        cost="PM2 and whether pages are accessible are not tested",
    ),
)
"""What it installs for the tests that take PM2 or axe-core; npm gets those (`tests/npm.py`)."""
WRK = Package(
    service="wrk",
    binaries=("wrk",),
    debian="wrk",
    homebrew="wrk",
    cost="nothing can put the box office under load",
)
FOR_BENCH = (WRK,)
"""What `tix bench onsale` needs, and nothing else does."""
RIPGREP = Package(
    service="ripgrep",
    binaries=("rg",),
    debian="ripgrep",
    homebrew="ripgrep",
    cost="there is nothing to measure the reading of logs against, and errors in large logs are counted more slowly",
)
FOR_LOG_BENCH = (RIPGREP,)
"""What `tix bench logs` needs; `tix signatures` takes it where it is there."""


def missing(wanted: Iterable[Package] = PACKAGES) -> list[Package]:
    """Those of the packages whose programs are not found."""
    return [package for package in wanted if installed(package.binaries) is None]


def install(wanted: list[Package], say: Callable[[str], None]) -> list[Package]:
    """Installs what it can; returns what is still missing. `say` gets a line about each thing done."""
    if not wanted:
        return []
    if shutil.which("apt-get") and os.geteuid() == 0:
        _apt(wanted, say)
    elif platform.system() == "Darwin" and shutil.which("brew"):
        _run(["brew", "install", *(package.homebrew for package in wanted if package.homebrew)], say)
    return missing(wanted)


def advice(still: list[Package]) -> str:
    """What to do by hand about missing packages, for this machine."""
    debian = " ".join(package.debian for package in still)
    if shutil.which("apt-get"):
        return f"sudo apt-get install --no-install-recommends {debian}"
    if platform.system() == "Darwin":
        return "install Homebrew (https://brew.sh), then: brew install " + " ".join(
            item.homebrew for item in still if item.homebrew
        )
    names = " and ".join(package.service for package in still)
    return f"install {names} with this system's package manager, or put the binaries on the PATH"


def _apt(wanted: list[Package], say: Callable[[str], None]) -> None:
    names = [package.debian for package in wanted]
    units = [unit for package in wanted for unit in package.units]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    with _packaged_services_stay_stopped():
        _run_apt(["update", "-qq"], say, environment)
        _run_apt(["install", "-y", "-qq", "--no-install-recommends", *names], say, environment)
    if units and Path("/run/systemd/system").is_dir():
        _run(["systemctl", "disable", "--now", *units], say)


def _run_apt(arguments: list[str], say: Callable[[str], None], environment: dict[str, str]) -> None:
    """apt-get, once no other package manager is at work. One that comes between makes it wait again."""
    deadline = time.monotonic() + apt_lock.WAIT_SECONDS
    command = ["apt-get", *LOCK_OPTION, *arguments]
    while True:
        if (found := apt_lock.wait(say, max(deadline - time.monotonic(), 0.0))) is not None:
            say(f"  failed: {apt_lock.refusal(found, apt_lock.WAIT_SECONDS)}")
            return
        if not _run(command, say, environment) or time.monotonic() > deadline:
            return


@contextmanager
def _packaged_services_stay_stopped() -> Iterator[None]:
    """Debian's own switch (policy-rc.d) against starting what is being installed; an administrator's own is respected."""
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text(NO_SERVICES, encoding="ascii")
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)


def _run(command: list[str], say: Callable[[str], None], environment: dict[str, str] | None = None) -> bool:
    """Runs a package manager; its failure is said, not raised: what is missing afterwards is looked up anyway.

    Returns whether it failed because another one held its lock.
    """
    say(" ".join(command))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, env=environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"  failed: {error}")
        return False
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()
        say(f"  failed: {words[-300:]}")
        return any(sign in words for sign in LOCKED)
    return False
