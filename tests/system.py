"""A whole system for a test: its `tixmaster.toml` on free ports, and its command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tixmaster.stack import config as configuration
from tixmaster.stack.config import SERVICE_NAMES, Config
from tixmaster.stack.managers import manager_of
from tixmaster.stack.ports import unused

SOP = Path(__file__).parents[1] / "sop"


def placed(folder: Path, *settings: str) -> Config:
    """A `tixmaster.toml` on free ports, with further lines of settings before the services."""
    ports = unused(len(SERVICE_NAMES))
    lines = [f"{name} = {{ port = {port} }}" for name, port in zip(SERVICE_NAMES, ports, strict=True)]
    path = folder / "tixmaster.toml"
    path.write_text("\n".join([f'oncall.sop = "{SOP}"', *settings, "[services]", *lines]))
    return configuration.load(path)


def tix(config: Config, *arguments: str, seconds: float = 300, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a command as a person would. `seconds` ends what hangs; a slow machine is no failure."""
    return subprocess.run(
        [sys.executable, "-m", "tixmaster", *arguments],
        env={**os.environ, "TIXMASTER_CONFIG": str(config.path), **environment},
        capture_output=True,
        text=True,
        timeout=seconds,
    )


def processes(config: Config) -> dict[str, int | None]:
    """The processes that a restart of everything would replace."""
    return {name: manager_of(config, name).status().pid for name in ("backend", "postgres", "oncall", "prometheus")}
