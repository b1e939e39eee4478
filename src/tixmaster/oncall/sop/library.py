"""The manual in force: every document of the folder, linked, checked as a whole, and kept while a newer one is broken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from tixmaster.oncall.errors import SopError
from tixmaster.oncall.sop import folder as folders
from tixmaster.oncall.sop import lint
from tixmaster.oncall.sop.about import about
from tixmaster.oncall.sop.document import DecisionRow, Document, Step, Text
from tixmaster.oncall.sop.folder import ANY_ALERT, ANY_SERVICE, PROCEDURES, Folder


@dataclass(frozen=True, kw_only=True)
class Runbook:
    """A document ready to be carried out: its procedures taken in, their actions left out."""

    path: Path
    alert: str
    services: tuple[str, ...]
    """The services that it is about; none: whichever."""
    title: Text
    explains: tuple[str, ...]
    explains_dependents: tuple[str, ...]
    panels: tuple[str, ...]
    steps: tuple[Step, ...]
    decisions: tuple[DecisionRow, ...]
    against: dict[str, str]
    """What contradicts the causes of the decisions, where anything does."""
    text: str

    def about(self, service: str) -> Runbook:
        """The same with the name where `{service}` stands."""
        return replace(self, steps=about(self.steps, service), decisions=about(self.decisions, service))


@dataclass(frozen=True, kw_only=True)
class Manual:
    """One consistent set of documents. `services` are those that steps and remedies may name."""

    services: tuple[str, ...]
    runbooks: dict[str, Runbook]
    causes: dict[str, Text]
    documents: tuple[Document, ...]

    @property
    def procedures(self) -> dict[str, Document]:
        """By the name under which runbooks take them in."""
        return {item.path.stem: item for item in self.documents if item.path.parent.name == PROCEDURES}

    def runbook(self, alertname: str) -> Runbook:
        """The alert's own runbook, else the generic one."""
        return self.runbooks.get(alertname) or self.runbooks[ANY_ALERT]

    def runbook_for(self, alertname: str, service: str) -> Runbook:
        """What is carried out where the alert speaks of the service: the alert's runbook, unless it is about others."""
        own, elsewhere = self.runbook(alertname), self.runbooks.get(ANY_SERVICE)
        if elsewhere and own.services and service in self.services and service not in own.services:
            own = elsewhere
        return own.about(service)


class Library:
    """Gives out runbooks. `refresh` takes in changed files; where they are broken, the last good manual stays."""

    def __init__(self, folder: Path, services: tuple[str, ...]) -> None:
        """`services` are the names that steps and remedies may use."""
        self.folder = folder
        self._services = services
        self.problems: tuple[str, ...] = ()
        self._stamp = _stamp_of(folder)
        self._manual = _loaded(folder, services, self._stamp)

    @property
    def manual(self) -> Manual:
        return self._manual

    def refresh(self) -> None:
        """Reads the folder again if a file in it changed."""
        stamp = _stamp_of(self.folder)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._manual, self.problems = _loaded(self.folder, self._services, stamp), ()
        except SopError as error:
            self.problems = error.problems

    def runbook_for(self, alertname: str, service: str) -> Runbook:
        """What is carried out where the alert speaks of the service."""
        return self._manual.runbook_for(alertname, service)

    def cause_title(self, cause: str) -> Text:
        return self._manual.causes[cause]


def load(path: Path, services: tuple[str, ...]) -> Manual:
    """Reads and links the whole folder; raises `SopError` with every problem that stops it, each with file and line."""
    found = folders.read(path)
    if problems := lint.errors(found, services):
        raise SopError(tuple(str(problem) for problem in problems))
    runbooks = {item.alert: item for item in (_runbook(document, found) for document in found.runbooks)}
    return Manual(
        services=services,
        runbooks=runbooks,
        causes={name: one.title for name, one in found.causes.items()},
        documents=found.documents,
    )


def _runbook(item: Document, found: Folder) -> Runbook:
    return Runbook(
        path=item.path,
        alert=item.head.alert or ANY_ALERT,
        services=item.head.services,
        title=item.head.title,
        explains=item.head.explains,
        explains_dependents=item.head.explains_dependents,
        panels=item.head.panels,
        steps=tuple(step for step in folders.taken_in(item, found.procedures) if isinstance(step, Step)),
        decisions=item.decisions,
        against={
            row.cause: condition for row in item.decisions if (condition := found.causes[row.cause].against) is not None
        },
        text=item.text,
    )


Stamp: TypeAlias = tuple[tuple[str, int, int], ...]
"""Path, time of the last change and size of every file."""


@lru_cache(maxsize=8)
def _loaded(path: Path, services: tuple[str, ...], _stamp: Stamp) -> Manual:
    """The same manual for the same files: to read and check the folder takes most of a second."""
    return load(path, services)


def _stamp_of(folder: Path) -> Stamp:
    """Changes whenever a file of the folder does."""
    return tuple(
        (str(path), stat.st_mtime_ns, stat.st_size) for path in sorted(folder.rglob("*.md")) if (stat := path.stat())
    )
