"""The Compose files as they stand, in a real engine: our image is built, the others are made of installed programs.

The engine has a network of its own (a namespace), so that the SOP's ports are free whatever else runs on the machine.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.engine import ON_THE_HOST, Engine, engine_root, running_engine

from tixmaster.stack import packages, postgres, programs
from tixmaster.stack.containers import files

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
BASE = "tixmaster-base:bookworm"
DEBIAN = "bookworm"
STANDINS = {
    "postgres": "docker.io/library/postgres:18.6-bookworm",
    "prometheus": "docker.io/prom/prometheus:v3.13.3",
    "alertmanager": "docker.io/prom/alertmanager:v0.34.1",
}
"""Stages of standins.Dockerfile, and the images of the Compose files that they stand for. Grafana has none."""
SERVICES = ("backend", "oncall", "mail", "postgres", "prometheus", "alertmanager")
BUILD_SECONDS, HEALTHY_SECONDS = 900, 300.0
GATEWAY = "172.18.0.1"
"""Of the first network in an engine that is alone; `nobody_else` answers there."""


class Project:
    """A checkout's Compose project in an engine of its own. `seconds` is how long its steps took."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.folder = folder
        self.seconds: dict[str, float] = {}
        self._engine = engine
        hidden = ("PYTHONPATH", "COMPOSE_FILE")  # Compose 1 is a Python program with a Docker library of its own
        self._environment = {name: value for name, value in os.environ.items() if name not in hidden}
        self._environment |= {"DOCKER_HOST": engine.address, "DOCKER_BUILDKIT": "0", "BASE_IMAGE": BASE}

    def docker(self, *arguments: str, given: bytes | None = None) -> str:
        """Runs docker; returns what it printed."""
        return self._run("docker", *arguments, given=given)

    def compose(self, *arguments: str, **settings: str) -> str:
        """Runs Compose in the checkout, where it finds its files by itself, with further settings in its environment."""
        return self._run("docker-compose", *arguments, settings=settings)

    def within(self, service: str, *command: str) -> str:
        """Runs a command in a service's container."""
        return self.docker("exec", f"tixmaster-{service}", *command)

    def beside(self, *command: str, given: bytes | None = None) -> str:
        """Runs a command of this machine in the engine's network, where published ports are."""
        return self._run("nsenter", f"--net=/proc/{self._engine.pid}/ns/net", *command, given=given)

    @contextmanager
    def nobody_else(self) -> Iterator[None]:
        """Lets a name server answer in the engine's network."""
        place = f"--net=/proc/{self._engine.pid}/ns/net"
        process = subprocess.Popen(["nsenter", place, sys.executable, str(HERE / "nobody_else.py")])
        try:
            yield
        finally:
            process.terminate()
            process.wait(10)

    def build(self, *arguments: str) -> None:
        """Builds an image with this machine's network and the settings of its pip."""
        settings = [f"--build-arg={name}={os.environ[name]}" for name in PIP if name in os.environ]
        self.docker("build", "-q", "--network=host", f"--build-arg=BASE_IMAGE={BASE}", *settings, *arguments)

    def await_healthy(self) -> None:
        """Waits until every service with a container says so."""
        began = time.monotonic()
        names = [f"tixmaster-{name}" for name in SERVICES]
        while set(seen := self.docker("inspect", "--format", "{{.State.Health.Status}}", *names).split()) != {
            "healthy"
        }:
            assert time.monotonic() - began < HEALTHY_SECONDS, dict(zip(names, seen, strict=True))
            time.sleep(0.25)

    def _run(self, *command: str, given: bytes | None = None, settings: Mapping[str, str] | None = None) -> str:
        environment = {**self._environment, **(settings or {})}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, input=given, capture_output=True, timeout=BUILD_SECONDS
        )
        assert done.returncode == 0, f"{command}: {done.stdout.decode()[-2000:]}{done.stderr.decode()[-2000:]}"
        return done.stdout.decode()


PIP = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT")


@pytest.fixture(scope="session")
def cache() -> Iterator[Path]:
    """What takes long to make and does not change with the sources: the Debian root, and the engine with its images."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tixmaster"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture(scope="session")
def debian(cache: Path) -> Path:
    """A Debian root with Python, as an archive; made by debootstrap."""
    if packages.missing([packages.DEBOOTSTRAP]) or os.geteuid() != 0:
        pytest.skip("needs root and debootstrap")
    archive = cache / f"debian-{DEBIAN}-python.tar"
    if not archive.exists():
        _bootstrap(archive)
    return archive


def _bootstrap(archive: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="tix-debian-"))
    try:
        options = ["--variant=minbase", "--include=ca-certificates,python3-venv"]
        done = subprocess.run(
            ["debootstrap", *options, DEBIAN, str(folder)], capture_output=True, timeout=BUILD_SECONDS
        )
        if done.returncode != 0:
            pytest.skip(f"debootstrap cannot make a Debian root here: {done.stdout.decode().strip()[-300:]}")
        authorities = Path("/etc/ssl/certs/ca-certificates.crt")  # this machine's, for its own package index
        if authorities.exists():
            shutil.copy(authorities, folder / "etc/ssl/certs/ca-certificates.crt")
        left_out = (
            "./var/cache/apt",
            "./var/lib/apt/lists",
            "./usr/share/doc",
            "./usr/share/locale",
            "./usr/share/man",
        )
        draft = archive.with_suffix(".draft")
        excluded = [f"--exclude={name}/*" for name in left_out]
        subprocess.run(["tar", *excluded, "-cf", draft, "-C", folder, "."], check=True, timeout=BUILD_SECONDS)
        draft.replace(archive)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def project(debian: Path, cache: Path) -> Iterator[Project]:
    """A clean copy of this tree; images built, secrets prepared, everything up and healthy."""
    if packages.missing([packages.COMPOSE, *packages.PACKAGES]):
        pytest.skip("needs docker-compose, prometheus and alertmanager")
    with engine_root() as root:
        folder = root / "checkout"
        _check_out(folder)
        kept = (f"--data-root={cache / 'engine'}",)
        with running_engine(root, "dockerd", *ON_THE_HOST, *kept) as engine:
            project = Project(engine, folder)
            _clear(project)
            seconds = _build(project, debian)
        alone = 'ip link set lo up && exec dockerd "$@"'
        command = ("unshare", "--net", "sh", "-c", alone, "dockerd", f"--dns={GATEWAY}", *kept)
        with running_engine(root, *command) as engine:
            project = Project(engine, folder)
            project.seconds = seconds
            with project.nobody_else():
                yield from _started(project)


def _started(project: Project) -> Iterator[Project]:
    _clear(project)
    project.compose("run", "--rm", "prepare")
    began = time.monotonic()
    project.compose("up", "--detach", *(f"tixmaster-{name}" for name in SERVICES))
    project.await_healthy()
    project.seconds["until all is healthy"] = time.monotonic() - began
    yield project
    _clear(project)


def _clear(project: Project) -> None:
    """Takes away what an interrupted run left; images stay."""
    if left := project.docker("ps", "--all", "--quiet").split():
        project.docker("rm", "--force", "--volumes", *left)
    project.docker("volume", "prune", "--force")
    project.docker("network", "prune", "--force")
    project.docker("image", "prune", "--force", "--filter=until=240h")


def _check_out(folder: Path) -> None:
    """What git would give: nothing that is left in the working folder comes along. Durations are those of drills."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    configuration = folder / files.CONFIG
    configuration.write_text(configuration.read_text().replace('timing = "standard"', 'timing = "drill"'))
    assert files.write(folder)


def _build(project: Project, debian: Path) -> dict[str, float]:
    if BASE not in project.docker("images", "--format", "{{.Repository}}:{{.Tag}}").split():
        project.docker("import", str(debian), BASE)
    began = time.monotonic()
    project.build("--tag", "tixmaster:local", ".")
    seconds = {"image built in": time.monotonic() - began}
    parts = project.folder.parent / "standins"
    _collect(parts)
    for stage, image in STANDINS.items():
        project.build("--file", str(parts / "standins.Dockerfile"), "--target", stage, "--tag", image, str(parts))
    return seconds


def _collect(parts: Path) -> None:
    """The programs of this machine under the names that they have in the real images."""
    (parts / "bin").mkdir(parents=True)
    alertmanager, prometheus = (programs.installed(package.binaries) for package in reversed(packages.PACKAGES))
    wanted = {"prometheus": prometheus, "alertmanager": alertmanager}
    wanted |= {name: shutil.which(name) for name in ("promtool", "amtool")}
    for name, program in wanted.items():
        shutil.copy(str(program), parts / "bin" / name)
    templates = Path("/usr/share/prometheus/alertmanager")
    (parts / "templates").mkdir()
    for template in templates.glob("*.tmpl"):
        shutil.copy(template, parts / "templates")
    wheel = postgres.binary("postgres").parents[2]
    shutil.copytree(wheel / "pginstall18", parts / "postgres" / wheel.name / "pginstall18")
    libraries = wheel.with_name(f"{wheel.name}.libs")
    shutil.copytree(libraries, parts / "postgres" / libraries.name)
    for name in ("standins.Dockerfile", "postgres.sh"):
        shutil.copy(HERE / name, parts)


def inspected(project: Project, service: str) -> dict[str, Any]:
    """What the engine knows about a service's container."""
    (found,) = msgspec.json.decode(project.docker("inspect", f"tixmaster-{service}"))
    return dict(found)
