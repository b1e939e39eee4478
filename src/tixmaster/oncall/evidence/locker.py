"""The evidence locker of a run: artefacts become files under the incident's record, each hashed and accounted for."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence.redact import redact
from tixmaster.oncall.evidence.taken import Item, Taken
from tixmaster.oncall.store.bilingual import columns
from tixmaster.oncall.store.schema import artefact
from tixmaster.stack.said import Said, said, system


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

    def keep(self, items: Sequence[Item]) -> None:
        """Writes the files and then accounts for all of them at once, in their order: ok, failed or skipped, and why."""
        rows = [self._row(f"E{self._taken + place}", item) for place, item in enumerate(items, 1)]
        if rows:
            with self.desk.database.write() as connection:
                connection.execute(sa.insert(artefact), rows)
        self._taken += len(rows)

    def _row(self, name: str, item: Item) -> dict[str, Any]:
        path = digest = None
        status, reason = ("ok", Said("")) if isinstance(item, Taken) else (item.status, item.reason)
        if isinstance(item, Taken):
            path = self._folder / item.name
            try:
                digest = write_file(path, item.content)
            except OSError as error:
                why = system(error.strerror)
                status, reason = (
                    "failed",
                    said("cannot write {path}: {why}", "無法寫入 {path}：{why}", path=path, why=why),
                )
                path = None
        return {
            "incident": self.case.number,
            "id": name,
            "run": self.case.run,
            "kind": item.kind,
            "path": path and str(path.relative_to(record_folder(self.desk, self.case.name))),
            "sha256": digest,
            "taken_at": self.desk.now(),
            "status": status,
            **columns(title=item.title.map(redact), reason=reason.map(redact)),
        }
