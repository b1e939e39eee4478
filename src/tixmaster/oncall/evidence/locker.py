"""The evidence locker of a run: artefacts become files under the incident's record, each hashed and accounted for."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence.redact import redact
from tixmaster.oncall.store.schema import artefact

ArtefactKind = Literal["alerts", "findings", "log-excerpt", "signatures", "panel", "numbers"]


def record_folder(desk: Desk, incident: str) -> Path:
    """Where an incident is written down: `var/records/INC-42`."""
    return desk.config.records / incident


def write_file(path: Path, content: bytes) -> str:
    """Writes the file whole or not at all, readable by its owner only; returns its SHA-256."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return hashlib.sha256(content).hexdigest()


@dataclass
class Locker:
    """Takes the artefacts of one run. Opening it again for the same run begins that run's evidence anew."""

    desk: Desk
    case: Case

    def __post_init__(self) -> None:
        self._folder = record_folder(self.desk, self.case.name) / "evidence" / f"run-{self.case.run}"
        shutil.rmtree(self._folder, ignore_errors=True)
        with self.desk.database.write() as connection:
            connection.execute(
                sa.delete(artefact).where(artefact.c.incident == self.case.number, artefact.c.run == self.case.run)
            )
            self._taken: int = connection.execute(
                sa.select(sa.func.count()).where(artefact.c.incident == self.case.number)
            ).scalar_one()

    def keep(self, kind: ArtefactKind, title: str, name: str, content: bytes) -> None:
        """Keeps `content` as the file `name`."""
        path = self._folder / name
        try:
            digest = write_file(path, content)
        except OSError as error:
            self.miss(kind, title, f"cannot write {path}: {error.strerror}")
            return
        relative = path.relative_to(record_folder(self.desk, self.case.name))
        self._account(kind, title, status="ok", reason="", path=str(relative), sha256=digest)

    def miss(self, kind: ArtefactKind, title: str, reason: str) -> None:
        """Accounts for an artefact that could not be taken, with the reason."""
        self._account(kind, title, status="failed", reason=reason, path=None, sha256=None)

    def _account(
        self, kind: str, title: str, *, status: str, reason: str, path: str | None, sha256: str | None
    ) -> None:
        self._taken += 1
        with self.desk.database.write() as connection:
            connection.execute(
                sa.insert(artefact).values(
                    incident=self.case.number,
                    id=f"E{self._taken}",
                    run=self.case.run,
                    kind=kind,
                    title=redact(title),
                    path=path,
                    sha256=sha256,
                    taken_at=self.desk.now(),
                    status=status,
                    reason=redact(reason),
                )
            )
