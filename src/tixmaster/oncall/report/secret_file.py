"""Secrets of others that `tixmaster.toml` names by file: tokens of trackers, addresses of channels, keys of models."""

from __future__ import annotations

from pathlib import Path

from tixmaster.oncall.errors import DeliveryError
from tixmaster.stack.config import Config


def read_secret(config: Config, path: Path) -> str:
    """The file's content; raises `DeliveryError` worth retrying, because a person can put the file there."""
    place = config.path_of(path)
    try:
        content = place.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DeliveryError(
            f"cannot read {place}: {error}. Write the secret into it, readable by on-call only.", retry=True
        ) from error
    if not content:
        raise DeliveryError(f"{place} is empty. Write the secret into it.", retry=True)
    return content
