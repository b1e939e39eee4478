"""PostgreSQL and backends as `tix up` runs them, on free ports in a temporary folder that is gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tixmaster.bench.errors import BenchError
from tixmaster.stack import health, ports, postgres, secrets, system_user
from tixmaster.stack.config import SERVICE_NAMES, Config, Service, Services
from tixmaster.stack.programs import Program, programs

HEALTHY_SECONDS = 120.0
LAST_WORDS = 2000
NO_BOUND = {"BOXOFFICE_MAX_OPEN_ORDERS": "0", "BOXOFFICE_MAX_OPEN_SEATS": "0"}
"""A few buyers order what a whole town would, and pay for none of it."""
ON_DISK = Path("/var/tmp")  # noqa: S108 - mkdtemp below makes a folder of our own in it
"""Where temporary files outlive a restart; /tmp is often in memory, where a durable commit would cost nothing."""


@dataclass(frozen=True, kw_only=True)
class Backend:
    """A running server process."""

    url: str
    pid: int


@contextmanager
def folder() -> Iterator[Config]:
    """A place on the disk with a configuration of its own: free ports, fresh secrets."""
    place = os.environ.get("TMPDIR") or (str(ON_DISK) if ON_DISK.is_dir() else None)
    root = Path(tempfile.mkdtemp(prefix="tix-bench-", dir=place))
    try:
        yield _config(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def database() -> Iterator[Config]:
    """A running PostgreSQL with the box office's database, empty, for the length of the block."""
    with folder() as config:
        postgres.ensure_cluster(config)
        with running(config, "postgres"):
            postgres.ensure_database(config)
            yield config


@contextmanager
def backend(config: Config) -> Iterator[Backend]:
    """One more backend on that database, healthy, for the length of the block."""
    place = Service(port=ports.unused(1)[0])
    config = msgspec.structs.replace(config, services=msgspec.structs.replace(config.services, backend=place))
    logs = str(config.var / f"backend-{place.port}" / "logs")
    with running(config, "backend", BOXOFFICE_LOG_DIR=logs, **NO_BOUND) as pid:
        yield Backend(url=config.url("backend"), pid=pid)


def _config(root: Path) -> Config:
    system_user.make_private(root)
    places = zip(SERVICE_NAMES, ports.unused(len(SERVICE_NAMES)), strict=True)
    config = Config(root=root, services=Services(**{name: Service(port=port) for name, port in places}))
    system_user.make_private(config.var)
    secrets.ensure_all(config)
    secrets.write(config, "boxoffice-database-url", postgres.database_url(config, "boxoffice"))
    return config


@contextmanager
def running(config: Config, service: str, **environment: str) -> Iterator[int]:
    """The process of a service, healthy, for the length of the block."""
    program = next(item for item in programs(config) if item.service == service)
    output = config.var / f"{service}-{getattr(config.services, service).port}.output"
    with output.open("wb") as log:
        # In a session of its own: at Ctrl-C we end it, in order, not the terminal.
        process = subprocess.Popen(
            program.command,
            env={**_clean_environment(), **program.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
        )
    try:
        found = health.wait(config, service, HEALTHY_SECONDS)
        if not found.healthy:
            words = output.read_text(encoding="utf-8", errors="replace")[-LAST_WORDS:]
            raise BenchError(f"{service} is not healthy: {found.detail}. Mend what it says and run it again:\n{words}")
        yield process.pid
    finally:
        _end(process, program)


def _clean_environment() -> dict[str, str]:
    """Ours, without settings of some other backend."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("BOXOFFICE_", "ENABLE_", "PG"))}


def _end(process: subprocess.Popen[bytes], program: Program) -> None:
    process.send_signal(signal.Signals[f"SIG{program.stop_signal}"])
    try:
        process.wait(program.stop_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(program.stop_seconds)
