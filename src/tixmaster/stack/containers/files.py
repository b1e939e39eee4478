"""The folder `monitoring/` of a checkout: what the containers of docker-compose.monitoring.yml read, generated."""

from __future__ import annotations

from pathlib import Path

from tixmaster.stack import config as configuration
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError
from tixmaster.stack.grafana import provisioning
from tixmaster.stack.monitoring.render import render
from tixmaster.stack.monitoring.timings import PROFILES
from tixmaster.stack.monitoring.write import put

CONFIG = Path("deploy/tixmaster.toml")
FOLDER = Path("monitoring")
PROVISIONING = Path("grafana/provisioning")
"""In that folder, beside `prometheus` and `alertmanager`."""


def load(root: Path) -> Config:
    """The configuration of the containers; raises `ConfigError` where the checkout at `root` has none."""
    if not (root / CONFIG).is_file():
        raise ConfigError(
            f"{root} has no {CONFIG}, which describes the services in containers. Run the command in a checkout of "
            f"TixMaster, or set {configuration.CONFIG_VARIABLE} to its tixmaster.toml."
        )
    return configuration.load(root / CONFIG)


def wanted(config: Config) -> dict[Path, str]:
    """Every file by its path in the folder."""
    boards = {PROVISIONING / path: text for path, text in provisioning.render(config).items()}
    return render(config, PROFILES[config.timing]) | boards


def write(root: Path) -> list[Path]:
    """Brings the folder up to date; returns what changed. Raises `InvalidConfigError` and leaves it as it was."""
    return put(wanted(load(root)), root / FOLDER)
