"""The Compose program: the docker command's plugin, else `docker-compose`."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tixmaster.stack.errors import ManagerError
from tixmaster.stack.managers import command
from tixmaster.stack.managers.command import Tool
from tixmaster.stack.managers.compose.project import FOLDER, PROJECT, files_of
from tixmaster.stack.managers.docker import engine
from tixmaster.stack.said import Said, said

ASK_SECONDS = 10.0
MISSING: Final = Said(
    "Install Docker Compose (https://docs.docker.com/compose/install).",
    "請安裝 Docker Compose（https://docs.docker.com/compose/install）。",
)
HANGING: Final = Said("`docker info` shows whether the engine answers.", "`docker info` 可查看引擎是否回應。")
PLUGIN = Tool(name="docker", where_missing=MISSING, where_hanging=HANGING)
STANDALONE = Tool(name="docker-compose", where_missing=MISSING, where_hanging=HANGING)


class Compose:
    """A Compose program that is installed."""

    def __init__(self, tool: Tool) -> None:
        self._tool = tool
        self.words = "docker compose" if tool is PLUGIN else tool.name

    def do(self, files: Sequence[Path], labels: Mapping[str, str], *arguments: str, seconds: float) -> None:
        """Runs a command on the project of `files`, and of the container with these labels where there is one.

        Raises `ManagerError` with Compose's words where it fails.
        """
        line = [*_host(), *(["compose"] if self._tool is PLUGIN else [])]
        line += [word for file in files for word in ("-f", str(file))]
        if PROJECT in labels:
            line += ["--project-name", labels[PROJECT]]
        if FOLDER in labels:
            line += ["--project-directory", labels[FOLDER]]
        answer = command.run(self._tool, *line, *arguments, seconds=seconds)
        if answer.code != 0:
            command_line = f"{self.words} -f {files[0]} {' '.join(arguments)}"
            failed = said("`{line}` failed: {said}", "`{line}` 失敗：{said}", line=command_line, said=answer.said)
            raise ManagerError(failed, answer.code)


def find() -> Compose | None:
    """The program, if one is installed."""
    if shutil.which(PLUGIN.name) and command.run(PLUGIN, "compose", "version", seconds=ASK_SECONDS).code == 0:
        return Compose(PLUGIN)
    return Compose(STANDALONE) if shutil.which(STANDALONE.name) else None


def files_for(file: Path, labels: Mapping[str, str]) -> list[Path]:
    """All files to hand to Compose: those that the container was made from if they are still there, else `file`."""
    made_from = files_of(labels)
    return made_from if made_from and all(path.is_file() for path in made_from) else [file]


def _host() -> list[str]:
    """A socket that we found ourselves; what the environment or a context says, Compose reads as we do."""
    address = str(engine.settings()["base_url"])
    return ["--host", address] if address.startswith(engine.UNIX) else []
