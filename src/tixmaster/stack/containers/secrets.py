"""The secrets of a Compose project: one file each, of which a container is given only those it needs.

Compose shows a container the very file of the host, with its owner and mode, and the containers run under different
accounts. So the files are readable by everybody, and the folder, which only its owner may enter, keeps everybody out.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from tixmaster.stack import postgres, secrets
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError

FOLDER_MODE, FILE_MODE = 0o700, 0o444
GIVEN = ("smtp-password", "stripe-key", "stripe-webhook-secret")
"""What other people's servers want; made empty, because Compose wants the files, and filled by hand where needed."""
DERIVED = ("boxoffice-database-url",)
NAMES = (*secrets.NAMES, *GIVEN, *DERIVED)


def prepare(config: Config, folder: Path) -> tuple[str, ...]:
    """Makes the secrets that are missing in `folder` and sets owner and modes; returns the names of those it made.

    What is there stays, so that it may be run at any time. Raises `ConfigError` where the folder cannot be written.
    """
    folder = folder.absolute()
    config = msgspec.structs.replace(config, secrets=folder)
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        made = [*secrets.ensure_all(config), *(name for name in GIVEN if _made_empty(folder / name))]
        for name in DERIVED:
            made += [] if (folder / name).exists() else [name]
        secrets.write(config, "boxoffice-database-url", postgres.database_url(config, "boxoffice"))
        _hand_over(folder)
    except OSError as error:
        raise ConfigError(
            f"the secrets cannot be written to {folder}: {error.strerror} ({error.filename}). "
            "Run the command as the owner of that folder."
        ) from error
    return tuple(made)


def _made_empty(file: Path) -> bool:
    if file.exists():
        return False
    file.touch()
    return True


def _hand_over(folder: Path) -> None:
    """To whom the folder above belongs: in a container we are root, and on the host somebody else."""
    owner = folder.parent.stat()
    for file in (folder / name for name in NAMES):
        file.chmod(FILE_MODE)
        _give(file, owner)
    folder.chmod(FOLDER_MODE)
    _give(folder, owner)


def _give(path: Path, owner: os.stat_result) -> None:
    if os.geteuid() == 0:
        os.chown(path, owner.st_uid, owner.st_gid)
