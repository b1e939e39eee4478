"""What a document of the manual consists of, and how it is read from Markdown.

A runbook is a Markdown file with a YAML front matter, fenced blocks marked `step`, and a decision table whose first column
is headed `Cause`. Everything else is prose for people. A procedure is the same without an alert or a decision table; it may
act. The format for authors is docs/sop-format.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import Meta

from tixmaster.oncall.sop.problem import Problem
from tixmaster.oncall.sop.words import explain
from tixmaster.stack.said import Said, verbatim

T = TypeVar("T", bound=msgspec.Struct)
FRONT_MATTER_FENCE = "---"
LOADER: type[Any] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""Plain YAML; libyaml's where it is there, ten times as fast."""
StepId = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9_]*$(?!\n)", description="Small letters, digits, _; conditions name it.")
]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A table of a document; unknown keys are refused."""


class Text(Record, frozen=True, kw_only=True, rename={"zh_tw": "zh-TW"}):
    """One sentence in the two languages of the manual."""

    en: str
    zh_tw: str

    def both(self) -> dict[str, str]:
        """As JSON: `{"en": …, "zh-TW": …}`."""
        return {"en": self.en, "zh-TW": self.zh_tw}

    @property
    def said(self) -> Said:
        """As text that knows its Chinese."""
        return Said(self.en, self.zh_tw)


NOT_SO = Text(en="its condition does not hold", zh_tw="條件不成立")


def _in_both(words: Text | str) -> Said:
    """Manuals of older versions say this in one language."""
    return words.said if isinstance(words, Text) else verbatim(words)


class FrontMatter(Record, frozen=True, kw_only=True):
    """The head of a document."""

    title: Text
    alert: Annotated[
        str | None,
        Meta(
            description="The alert a runbook is for; * for every alert without one of its own; * {service} for alerts of "
            "services that the alert's runbook is not about; none for a procedure."
        ),
    ] = None
    services: Annotated[
        tuple[str, ...],
        Meta(description="The services that a runbook is about, where its alert may speak of others."),
    ] = ()
    explains: Annotated[
        tuple[str, ...],
        Meta(description="Alerts that are symptoms of this one, on the same service: they join its incident."),
    ] = ()
    explains_dependents: Annotated[
        tuple[str, ...],
        Meta(description="Alerts that are symptoms of this one on services that need its service (`needs`)."),
    ] = ()
    panels: Annotated[
        tuple[str, ...], Meta(description="Ids of the panels that show the damage, beyond the alert's own.")
    ] = ()


class Step(Record, frozen=True, kw_only=True):
    """One thing to look at: a check, its parameters, and when to look."""

    id: StepId
    title: Text
    check: Annotated[str, Meta(description="What looks.")]
    params: Annotated[dict[str, Any], Meta(description="The check's parameters.")] = msgspec.field(
        name="with", default_factory=dict
    )
    expect: Annotated[
        str | None, Meta(description="CEL over the check's value; where it is false the step has failed.")
    ] = None
    when: Annotated[str | None, Meta(description="CEL over earlier steps; where it is false the step is skipped.")] = (
        None
    )
    skipped: Annotated[Text | str, Meta(description="Why it is skipped then, in words.")] = NOT_SO
    timeout: Annotated[float, Meta(gt=0, le=60, description="Seconds until the step is given up.")] = 10.0
    failure: Annotated[Text | None, Meta(description="What it means when the step fails.")] = None

    @property
    def why_skipped(self) -> Said:
        """Why it is skipped where its condition does not hold."""
        return _in_both(self.skipped)


class ActionParams(Record, frozen=True, kw_only=True):
    """What is acted on."""

    service: str


class Action(Record, frozen=True, kw_only=True):
    """One thing to do, in a procedure only: `tix sop run` does it after a yes; an investigation leaves it out."""

    id: StepId
    title: Text
    action: Annotated[Literal["restart"], Meta(description="What is done.")]
    params: ActionParams = msgspec.field(name="with")
    when: Annotated[str | None, Meta(description="CEL over earlier steps; where it is false nothing is done.")] = None
    skipped: Annotated[Text | str, Meta(description="Why nothing is done then, in words.")] = NOT_SO
    timeout: Annotated[
        float, Meta(gt=0, le=300, description="Seconds that the service may take until it is healthy again.")
    ] = 30.0
    failure: Annotated[Text | None, Meta(description="What it means when it does not help.")] = None

    @property
    def why_skipped(self) -> Said:
        """Why nothing is done where its condition does not hold."""
        return _in_both(self.skipped)


class Include(Record, frozen=True, kw_only=True):
    """Takes in the steps of a procedure."""

    procedure: Annotated[str, Meta(description="The name of a file in procedures/, without .md.")]


Part = Step | Action | Include


class DecisionRow(Record, frozen=True, kw_only=True):
    """Findings → cause → remedy, with the line of the document for messages."""

    cause: str
    when: str
    confidence: Annotated[float, Meta(gt=0, le=1)]
    remedy: str | None
    line: int


class Document(Record, frozen=True, kw_only=True):
    """A file of the manual. `parts` are its steps, actions and includes in reading order, each with its line."""

    path: Path
    head: FrontMatter
    parts: tuple[tuple[int, Part], ...]
    decisions: tuple[DecisionRow, ...]
    text: str
    lines: dict[int, dict[str, int]]
    """Where the keys of a block stand: block's line → `with.service` → line. The front matter is the block of line 1."""

    def place(self, block: int, *keys: str) -> int:
        """The line of the first of these keys of a block that is written there, else the block's own."""
        known = self.lines.get(block, {})
        return next((known[key] for key in keys if key in known), block)


class DocumentError(ValueError):
    """A document that cannot be read. `problems` lists each place and what to write there."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def read(path: Path) -> Document:
    """Reads one document; raises `DocumentError` with every broken place, OSError or UnicodeDecodeError."""
    text = path.read_text(encoding="utf-8")
    problems: list[Problem] = []
    end = _end_of_front_matter(path, text)
    lines: dict[int, dict[str, int]] = {}
    head = _decode(path, 1, "\n".join(text.split("\n")[1 : end - 1]), FrontMatter, lines, problems)
    parsed = tokens(text, end)
    parts = tuple(_parts(path, parsed, lines, problems))
    decisions = tuple(_decisions(path, parsed, problems))
    if problems or head is None:
        raise DocumentError(tuple(problems))
    return Document(path=path, head=head, parts=parts, decisions=decisions, text=text, lines=lines)


def tokens(text: str, front_matter: int) -> list[Token]:
    """The Markdown below a front matter of so many lines, on the lines of its file."""
    return MarkdownIt().enable("table").parse("\n" * front_matter + text.split("\n", front_matter)[-1])


def front_matter_lines(text: str) -> int:
    """How many lines the front matter takes, its fences counted; 0 where there is none."""
    lines = text.split("\n")
    if lines[0].strip() != FRONT_MATTER_FENCE or FRONT_MATTER_FENCE not in lines[1:]:
        return 0
    return lines.index(FRONT_MATTER_FENCE, 1) + 1


def _end_of_front_matter(path: Path, text: str) -> int:
    if end := front_matter_lines(text):
        return end
    raise DocumentError(
        (
            Problem(
                file=path,
                line=1,
                what="a document begins with a front matter between two lines `---`, and there is none",
                write="write `---`, `title: {en: …, zh-TW: …}`, `---`",
            ),
        )
    )


def _parts(
    path: Path, parsed: list[Token], lines: dict[int, dict[str, int]], problems: list[Problem]
) -> Iterator[tuple[int, Part]]:
    for token in parsed:
        if token.type == "fence" and token.info.strip() == "step":
            line = token.map[0] + 1 if token.map else 1
            part = _decode(path, line, token.content, _kind(token.content), lines, problems)
            if part is not None:
                yield line, part


def _kind(block: str) -> type[Step] | type[Action] | type[Include]:
    """What a block is, by the keys that only one of them has."""
    keys = {line.partition(":")[0] for line in block.split("\n")}
    if "procedure" in keys:
        return Include
    return Action if "action" in keys and "check" not in keys else Step


def _decisions(path: Path, parsed: list[Token], problems: list[Problem]) -> Iterator[DecisionRow]:
    for line, cells in _table_rows(parsed, first_header="Cause"):
        try:
            if len(cells) != 4:
                raise ValueError(f"the row has {len(cells)} cells instead of four")
            cause, when, confidence, remedy = cells
            row = {
                "cause": cause,
                "when": when,
                "confidence": float(confidence),
                "remedy": None if remedy in ("", "–", "-") else remedy,
                "line": line,
            }
            yield msgspec.convert(row, DecisionRow)
        except ValueError as error:
            write = (
                "write | `cause` | `condition` | confidence | `restart SERVICE` or – |, where confidence is a number "
                "above 0 and at most 1, and `\\|\\|` for `||`: a table ends its cell at `|`"
            )
            problems.append(Problem(file=path, line=line, what=f"this is no decision: {error}", write=write))


def table(path: Path, first_header: str) -> list[tuple[int, list[str]]]:
    """The rows of the tables in a Markdown file whose first column is headed so, each with its line."""
    parsed = MarkdownIt().enable("table").parse(path.read_text(encoding="utf-8"))
    return list(_table_rows(parsed, first_header=first_header))


def _table_rows(parsed: list[Token], *, first_header: str) -> Iterator[tuple[int, list[str]]]:
    rows: list[tuple[int, list[str]]] = []
    for token in parsed:
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


def _decode(
    path: Path, line: int, text: str, kind: type[T], lines: dict[int, dict[str, int]], problems: list[Problem]
) -> T | None:
    """The block as a record; None with its problem noted where it is none."""
    try:
        places = list(_places(yaml.compose(text, LOADER), line + 1))
        lines[line] = dict(places)
        read = msgspec.convert(yaml.load(text, LOADER), kind)  # noqa: S506 - a safe loader
        names = [name for name, _ in places]
        for name, where in places:
            if names.count(name) > 1 and where == lines[line][name]:
                what = f"`{name}` stands here a second time, and only one of them can hold"
                problems.append(Problem(file=path, line=where, what=what, write="take one out"))
        return read
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = line + (mark.line + 1 if mark else 0)
        what = f"this is not YAML: {getattr(error, 'problem', None) or error}"
        write = "put text that holds `: `, `#`, quotes or brackets between quotation marks"
        problems.append(Problem(file=path, line=where, what=what, write=write))
    except msgspec.ValidationError as error:
        key, what, write = explain(error, kind)
        where = lines[line].get(key, lines[line].get(key.rpartition(".")[0], line))
        problems.append(Problem(file=path, line=where, what=what, write=write))
    except (ValueError, RecursionError) as error:  # YAML takes 2026-02-31 for a date, and lets a list hold itself
        what = f"this cannot be read: {error}"
        problems.append(Problem(file=path, line=line, what=what, write="put text between quotation marks"))
    return None


def _places(node: yaml.Node | None, first: int, prefix: str = "") -> Iterator[tuple[str, int]]:
    """The keys of a block, nested ones as `with.service`, each with its line."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{prefix}{key.value}"
            yield name, first + key.start_mark.line
            yield from _places(value, first, f"{name}.")
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield f"{prefix.removesuffix('.')}[{index}]", first + value.start_mark.line
            yield from _places(value, first, f"{prefix.removesuffix('.')}[{index}].")
