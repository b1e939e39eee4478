"""Secrets of others that `tixmaster.toml` names by file: tokens of trackers, addresses of channels, keys of models."""

from __future__ import annotations

from pathlib import Path

from tixmaster.oncall.errors import DeliveryError
from tixmaster.stack.config import Config
from tixmaster.stack.said import said, system


def read_secret(config: Config, path: Path) -> str:
    """The file's content; raises `DeliveryError` worth retrying, because a person can put the file there."""
    place = config.path_of(path)
    try:
        content = place.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DeliveryError(
            said(
                "cannot read {file}: {why}. Write the secret into it, readable by on-call only.",
                "無法讀取 {file}：{why}。請將密鑰寫入其中，並僅限值勤系統讀取。",
                file=place,
                why=system(error),
            ),
            retry=True,
        ) from error
    if len(content.splitlines()) != 1:
        raise DeliveryError(
            said(
                "{file} must hold one line, the secret, and holds {count}.",
                "{file} 應只有一行密鑰，目前有 {count} 行。",
                file=place,
                count=len(content.splitlines()),
            ),
            retry=True,
        )
    return content
