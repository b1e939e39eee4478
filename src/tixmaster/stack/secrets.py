"""Secrets of the installation: generated once, kept in `var/secrets/`, readable by their owner only."""

from __future__ import annotations

import os
import secrets as randomness
from pathlib import Path

from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError
from tixmaster.stack.said import said, system

NAMES = (
    "jwt-secret",  # signs the box office's log-in tokens
    "postgres-password",  # the database's superuser
    "postgres-boxoffice-password",  # the owner of the box office's tables
    "postgres-oncall-password",  # the reader of the database's own state
    "admin-password",  # the box office's administrator
    "ticket-key",  # signs the box office's tickets (Ed25519)
    "payment-simulator-secret",  # signs the webhooks of the simulated payment provider
    "probe-password",  # the synthetic shopper
    "fault-token",  # drills → the box office's fault endpoints (X-Fault-Token)
    "metrics-token",  # Prometheus → /metrics of the box office and of on-call
    "webhook-token",  # Alertmanager → on-call
    "api-token",  # command line and drills → on-call
    "console-password",  # the console's first account
    "console-session-key",  # signs the console's sessions
    "approval-key",  # signs the links of mails by which an act is approved
    "grafana-password",  # Grafana's administrator
)
FOLDER_MODE, FILE_MODE = 0o700, 0o600


def path(config: Config, name: str) -> Path:
    """The file that holds a secret."""
    return config.secrets_folder / name


def read(config: Config, name: str) -> str:
    """The secret; raises `ConfigError` where it is not there or may not be read."""
    file = path(config, name)
    try:
        secret = file.read_bytes().strip()
    except OSError as error:
        raise ConfigError(
            said(
                "cannot read the secret {file}: {why}. `tix up` generates it; run the command as its owner.",
                "無法讀取密鑰 {file}：{why}。`tix up` 會產生它；請以其擁有者執行此指令。",
                file=file,
                why=system(error.strerror),
            )
        ) from error
    if not secret or not secret.isascii():  # an empty one, left by a full disk, would open what it guards
        raise ConfigError(
            said(
                "the secret {file} is empty or not ASCII. Remove the file; `tix up` generates a new one.",
                "密鑰 {file} 是空的，或含有 ASCII 以外的字元。請移除該檔案；`tix up` 會產生新的密鑰。",
                file=file,
            )
        )
    return secret.decode("ascii")


def ensure_all(config: Config) -> tuple[str, ...]:
    """Generates the secrets that are missing; returns their names."""
    folder = config.secrets_folder
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    made = tuple(name for name in NAMES if not (folder / name).exists())
    for name in made:
        write(config, name, randomness.token_urlsafe(32))
    return made


def write(config: Config, name: str, value: str) -> None:
    """Keeps a secret, whole or not at all."""
    file = path(config, name)
    draft = file.with_name(f".{name}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE), "w") as stream:
        stream.write(value)
    draft.replace(file)


def show_once(config: Config, name: str) -> str | None:
    """The secret, the first time it is asked for in this way; None ever after."""
    try:
        path(config, f"{name}.shown").touch(mode=FILE_MODE, exist_ok=False)
    except FileExistsError:
        return None
    return read(config, name)
