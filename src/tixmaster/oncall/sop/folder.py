"""The folder of the manual as it lies on disk: its documents and causes, and how procedures are taken in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tixmaster.oncall.sop import document
from tixmaster.oncall.sop.about import SERVICE
from tixmaster.oncall.sop.document import Action, Document, Include, Part, Step, Text
from tixmaster.oncall.sop.problem import Problem

ANY_ALERT = "*"
ANY_SERVICE = f"{ANY_ALERT} {SERVICE}"
"""The runbook for alerts of services that the alert's own runbook is not about; its steps are about `{service}`."""
CAUSES_FILE = "causes.md"
PROCEDURES = "procedures"
NOT_DOCUMENTS = (CAUSES_FILE, "README.md")
NOTHING = ("", "–", "-")


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A cause that decision rows may name. `against` is what contradicts it, a condition over findings; None for nothing."""

    title: Text
    against: str | None
    line: int


@dataclass(frozen=True, kw_only=True)
class Folder:
    """What could be read, and what could not."""

    path: Path
    documents: tuple[Document, ...]
    causes: dict[str, Cause]
    unread: tuple[Path, ...]
    """Documents that are there and broken; what refers to them is not judged."""
    problems: tuple[Problem, ...]

    @property
    def runbooks(self) -> tuple[Document, ...]:
        return tuple(item for item in self.documents if item.head.alert is not None)

    @property
    def procedures(self) -> dict[str, Document]:
        """By the name under which they are taken in."""
        return {item.path.stem: item for item in self.documents if item.path.parent.name == PROCEDURES}

    @property
    def unread_procedures(self) -> tuple[str, ...]:
        return tuple(path.stem for path in self.unread if path.parent.name == PROCEDURES)


def read(path: Path) -> Folder:
    """Reads every document of the folder; never raises for what is in it."""
    documents: list[Document] = []
    unread: list[Path] = []
    problems: list[Problem] = []
    for file in files(path):
        try:
            documents.append(document.read(file))
        except document.DocumentError as error:
            unread.append(file)
            problems.extend(error.problems)
        except (OSError, UnicodeDecodeError) as error:
            unread.append(file)
            problems.append(Problem(file=file, line=1, what=f"unreadable: {error}", write="save it as UTF-8 text"))
    causes = dict(_causes(path / CAUSES_FILE, problems))
    return Folder(path=path, documents=tuple(documents), causes=causes, unread=tuple(unread), problems=tuple(problems))


def files(path: Path) -> list[Path]:
    """The documents of a folder: all Markdown but the README and the list of causes."""
    return [file for file in sorted(path.rglob("*.md")) if file.name not in NOT_DOCUMENTS]


def causes(path: Path) -> frozenset[str]:
    """The ids of the causes that the folder knows; none where its list cannot be read."""
    try:
        return frozenset(name for name, _ in _causes(path / CAUSES_FILE, []))
    except (OSError, ValueError):
        return frozenset()


def _causes(path: Path, problems: list[Problem]) -> Iterator[tuple[str, Cause]]:
    """The causes a decision row may name, with their titles, from the table in `causes.md`."""
    write = "write the table `| Cause | English | 中文 | Against |` with a row for each cause"
    if not path.is_file():
        problems.append(Problem(file=path, line=1, what="the list of causes is missing", write=write))
        return
    for line, cells in document.table(path, "Cause"):
        if len(cells) < 3 or not all(cells[:3]):
            what = "a cause has an id, an English and a Chinese title, and one is missing"
            problems.append(Problem(file=path, line=line, what=what, write="write `| id | English | 中文 |`"))
        else:
            against = cells[3] if len(cells) > 3 and cells[3] not in NOTHING else None
            yield cells[0], Cause(title=Text(en=cells[1], zh_tw=cells[2]), against=against, line=line)


def taken_in(item: Document, procedures: Mapping[str, Document]) -> Iterator[Step | Action]:
    """The steps and actions of a document with those of its procedures in their places."""
    seen = already_in(item)
    for _, part in item.parts:
        yield from steps_of(part, procedures, seen)


def already_in(item: Document) -> set[str]:
    """The procedures that stand in a document before it begins: itself, where it is one."""
    return {item.path.stem} if item.path.parent.name == PROCEDURES else set()


def steps_of(part: Part, procedures: Mapping[str, Document], seen: set[str]) -> Iterator[Step | Action]:
    """What a part of a document brings. A procedure that two others share is carried out once, where it is named first
    (`seen` remembers it); that also ends a circle, which lint refuses."""
    if not isinstance(part, Include):
        yield part
    elif part.procedure in procedures and part.procedure not in seen:
        seen.add(part.procedure)
        for _, inner in procedures[part.procedure].parts:
            yield from steps_of(inner, procedures, seen)
