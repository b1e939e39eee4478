"""What a document of the manual consists of, and how it is read from Markdown.

A runbook is a Markdown file with a YAML front matter, fenced blocks marked `step`, and a decision table whose first column
is headed `Cause`. Everything else is prose for people. A procedure is the same without an alert or a decision table.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

T = TypeVar("T")
FRONT_MATTER_FENCE = "---"
StepId = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A table of a document; unknown keys are refused."""


class Text(Record, frozen=True, kw_only=True, rename={"zh_tw": "zh-TW"}):
    """One sentence in the two languages of the manual."""

    en: str
    zh_tw: str

    def both(self) -> dict[str, str]:
        """As JSON: `{"en": …, "zh-TW": …}`."""
        return {"en": self.en, "zh-TW": self.zh_tw}


class FrontMatter(Record, frozen=True, kw_only=True):
    """The head of a document."""

    title: Text
    alert: str | None = None
    """The alert a runbook is for; `*` for the one that serves every other alert; none for a procedure."""
    explains: tuple[str, ...] = ()
    """Alerts that are symptoms of this one, on the same service: they join its incident."""
    panels: tuple[str, ...] = ()
    """Ids of the panels that show the damage, beyond the alert's own."""


class Step(Record, frozen=True, kw_only=True):
    """One thing to look at: a check, its parameters, and when to look."""

    id: StepId
    title: Text
    check: str
    params: dict[str, Any] = msgspec.field(name="with", default_factory=dict)
    expect: str | None = None
    """A CEL condition over the check's value; where it is false the step has failed."""
    when: str | None = None
    """A CEL condition over earlier steps; where it is false the step is skipped."""
    skipped: str = "its condition does not hold"
    """Why it is skipped then, in words."""
    timeout: Annotated[float, msgspec.Meta(gt=0, le=60)] = 10.0
    """Seconds until the step is given up."""
    failure: Text | None = None
    """What it means when the step fails."""


class Include(Record, frozen=True, kw_only=True):
    """Takes in the steps of a procedure."""

    procedure: str


class DecisionRow(Record, frozen=True, kw_only=True):
    """Findings → cause → remedy, with the line of the document for messages."""

    cause: str
    when: str
    confidence: Annotated[float, msgspec.Meta(gt=0, le=1)]
    remedy: str | None
    line: int


class Document(Record, frozen=True, kw_only=True):
    """A file of the manual. `parts` are its steps and includes in reading order, each with its line."""

    path: Path
    head: FrontMatter
    parts: tuple[tuple[int, Step | Include], ...]
    decisions: tuple[DecisionRow, ...]
    text: str


class DocumentError(ValueError):
    """A place in a document that cannot be read."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")


def read(path: Path) -> Document:
    """Reads one document; raises `DocumentError` with file, line and what to write there."""
    text = path.read_text(encoding="utf-8")
    head, body_line = _front_matter(path, text)
    tokens = MarkdownIt().enable("table").parse("\n" * body_line + text.split("\n", body_line)[-1])
    return Document(
        path=path, head=head, parts=tuple(_parts(path, tokens)), decisions=tuple(_decisions(path, tokens)), text=text
    )


def _front_matter(path: Path, text: str) -> tuple[FrontMatter, int]:
    """The head and the number of lines it takes."""
    lines = text.split("\n")
    if lines[0].strip() != FRONT_MATTER_FENCE or FRONT_MATTER_FENCE not in lines[1:]:
        raise DocumentError(
            path, 1, "a document begins with a front matter between two lines `---`; write title: there"
        )
    end = lines.index(FRONT_MATTER_FENCE, 1)
    return _decode(path, 1, "\n".join(lines[1:end]), FrontMatter), end + 1


def _parts(path: Path, tokens: list[Token]) -> Iterator[tuple[int, Step | Include]]:
    for token in tokens:
        if token.type == "fence" and token.info.strip() == "step":
            line = token.map[0] + 1 if token.map else 1
            kind: type[Step | Include] = Include if token.content.lstrip().startswith("procedure:") else Step
            yield line, _decode(path, line, token.content, kind)


def _decisions(path: Path, tokens: list[Token]) -> Iterator[DecisionRow]:
    for line, cells in _table_rows(tokens, first_header="Cause"):
        if len(cells) != 4:
            raise DocumentError(path, line, "a decision row has four cells: Cause, When, Confidence, Remedy")
        cause, when, confidence, remedy = cells
        try:
            yield msgspec.convert(
                {
                    "cause": cause,
                    "when": when,
                    "confidence": float(confidence),
                    "remedy": None if remedy in ("", "–", "-") else remedy,
                    "line": line,
                },
                DecisionRow,
            )
        except ValueError as error:
            raise DocumentError(path, line, f"{error}; confidence is a number above 0 and at most 1") from error


def table(path: Path, first_header: str) -> list[tuple[int, list[str]]]:
    """The rows of the tables in a Markdown file whose first column is headed so, each with its line."""
    tokens = MarkdownIt().enable("table").parse(path.read_text(encoding="utf-8"))
    return list(_table_rows(tokens, first_header=first_header))


def _table_rows(tokens: list[Token], *, first_header: str) -> Iterator[tuple[int, list[str]]]:
    rows: list[tuple[int, list[str]]] = []
    for token in tokens:
        if token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append((token.map[0] + 1 if token.map else 1, []))
        elif token.type == "inline" and token.level >= 3 and rows:
            rows[-1][1].append(_plain(token))
        elif token.type == "table_close":
            if rows and rows[0][1] and rows[0][1][0].split(" · ")[0] == first_header:
                yield from rows[1:]
            rows = []


def _plain(cell: Token) -> str:
    """A cell's text without its Markdown: code spans, links and emphasis give their content."""
    return "".join(part.content for part in cell.children or [] if part.type in ("text", "code_inline")).strip()


def _decode(path: Path, line: int, text: str, kind: type[T]) -> T:
    try:
        return msgspec.convert(yaml.safe_load(text), kind)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise DocumentError(
            path, line + (mark.line + 1 if mark else 0), f"this is not YAML: {getattr(error, 'problem', error)}"
        ) from error
    except msgspec.ValidationError as error:
        raise DocumentError(path, line, f"{error}") from error
