"""The description as files: each path below `var/` and the text that belongs there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tixmaster.stack import secrets
from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import alertmanager, prometheus, rules, yaml
from tixmaster.stack.monitoring.timings import Timings

PROMETHEUS = Path("prometheus/prometheus.yml")
RULES = Path("prometheus/rules")
ALERTMANAGER = Path("alertmanager/alertmanager.yml")
SMTP_PASSWORD = Path("alertmanager/smtp-password")


def render(config: Config, timings: Timings) -> dict[Path, str]:
    """Every generated file by its path relative to `var/`. None of them holds a secret."""
    return dict(_files(config, timings))


def _files(config: Config, timings: Timings) -> Iterator[tuple[Path, str]]:
    yield PROMETHEUS, yaml.document(prometheus.document(config, timings), source="prometheus.py")
    for group in rules.groups(config, timings):
        yield RULES / f"{group.name}.yml", yaml.document(group.document(), source=f"rules/{group.name}.py")
    routing = alertmanager.document(
        config,
        timings,
        token_file=secrets.path(config, "webhook-token"),
        smtp_password_file=smtp_password_file(config),
    )
    yield ALERTMANAGER, yaml.document(routing, source="alertmanager.py")


def smtp_password_file(config: Config) -> Path | None:
    """The file that holds the mail server's password: the configured one, or ours for a password in the settings."""
    smtp = config.mail.smtp
    if smtp.password_file is not None:
        return (config.root / smtp.password_file).resolve()
    return None if smtp.password is None else config.var / SMTP_PASSWORD
