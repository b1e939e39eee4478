"""The manual as a book: its contents, a page for each runbook and part, search, print, and what its tests reach."""

from __future__ import annotations

import base64
import hashlib
from typing import Annotated, Any, TypeAlias

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Template
from markupsafe import Markup

from tixmaster.console.headers import content_policy
from tixmaster.console.manual.coverage import Coverage, by_runbook
from tixmaster.console.manual.layout import address_of, conditions_of, kind_of, lay_out, title_of
from tixmaster.console.manual.printed import Prints
from tixmaster.console.manual.search import Indexes
from tixmaster.console.rendering import fragment, language_of, page
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.sop import book as bound
from tixmaster.oncall.sop import by_hand, paper
from tixmaster.oncall.sop.document import Document
from tixmaster.oncall.sop.folder import ANY_ALERT, ANY_SERVICE
from tixmaster.oncall.sop.library import Library
from tixmaster.oncall.sop.recorded import Report

RUNS_SHOWN = 5
Visitor = Request[Any, Any, Any]
CoverageHere: TypeAlias = NamedDependency[Coverage]
IndexHere: TypeAlias = NamedDependency[Indexes]
PrintsHere: TypeAlias = NamedDependency[Prints]
Service = Annotated[str, QueryParameter(max_length=200)]
Wanted = Annotated[str, QueryParameter(name="q", max_length=200)]


def _in_force(oncall: OncallHere) -> Library:
    """The manual as it stands on disk now, or the last good one."""
    oncall.desk.library.refresh()
    return oncall.desk.library


@get("/sop", sync_to_thread=True)
def contents(request: Visitor, oncall: OncallHere, index: IndexHere, q: Wanted = "") -> Template:
    """The contents of the book; with `q`, where it says that. Where files are broken: which, and that the older ones hold."""
    library, language = _in_force(oncall), language_of(request)
    manual = library.manual
    documents = [item for item in bound.order(manual, library.folder) if item]
    kinds = ("parts", "procedures", "runbooks")
    return page(
        request,
        "manual",
        q=q.strip(),
        hits=index.of(manual, library.folder, language).look_for(q) if q.strip() else [],
        sections={kind: [item for item in documents if kind_of(item) == kind] for kind in kinds},
        runbooks={item.path: item for item in manual.runbooks.values()},
        address_of=address_of,
        title_of=lambda item: title_of(item, language),
        catch_all=CATCH_ALL,
        causes=manual.causes,
        problems=library.problems,
        runs=by_hand.newest(oncall.desk, RUNS_SHOWN),
    )


CATCH_ALL = {ANY_ALERT: "any-alert", ANY_SERVICE: "any-service"}
"""The words for runbooks that are for no alert of their own."""


@get("/sop/{alert:str}", sync_to_thread=True)
def runbook(request: Visitor, oncall: OncallHere, alert: FromPath[str], service: Service = "") -> Template:
    """What is carried out for an alert that speaks of `service`: another runbook than the alert's own where that is about
    others, the generic one where it has none."""
    library = _in_force(oncall)
    found = library.runbook_for(alert, service)
    document = next(item for item in library.manual.documents if item.path == found.path)
    return _document(request, oncall, document, asked=alert, service=service)


@get("/sop/part/{stem:str}", sync_to_thread=True)
def part(request: Visitor, oncall: OncallHere, stem: FromPath[str]) -> Template:
    """A procedure, or a part that is only prose."""
    for item in _in_force(oncall).manual.documents:
        if item.head.alert is None and item.path.stem == stem:
            return _document(request, oncall, item, asked=None)
    raise NotFoundException(f"the manual has no part {stem}; /sop lists them")


def _document(
    request: Visitor, oncall: OncallHere, item: Document, *, asked: str | None, service: str = ""
) -> Template:
    library, language = oncall.desk.library, language_of(request)
    blocks = lay_out(library.manual, library.folder, item, language)
    name = item.path.stem
    return page(
        request,
        "document",
        item=item,
        title=title_of(item, language),
        asked=asked,
        service=service,
        catch_all=CATCH_ALL,
        blocks=blocks,
        headings=[block for block in blocks if block.title],
        says=conditions_of(item, library.manual, language),
        runnable=name if any(block.step for block in blocks) else None,
        runs=[one for one in by_hand.newest(oncall.desk, by_hand.MOST_KEPT) if one.stem == name][:RUNS_SHOWN],
        file=item.path.relative_to(library.folder),
    )


@get("/sop/causes", sync_to_thread=True)
def causes(request: Visitor, oncall: OncallHere) -> Template:
    """Every cause that a decision may name, with the runbooks that name it."""
    manual = _in_force(oncall).manual
    named = {
        cause: [item for item in manual.runbooks.values() if any(row.cause == cause for row in item.decisions)]
        for cause in manual.causes
    }
    return page(request, "causes", causes=manual.causes, named=named)


@get("/sop/coverage", sync_to_thread=True)
def tested(request: Visitor, oncall: OncallHere, coverage: CoverageHere) -> Template:
    """Which decision rows win in a recorded test (`tix sop test`), and which in none."""
    library, language = _in_force(oncall), language_of(request)
    manual = library.manual
    report = coverage.of(manual, library.folder)

    def rows(report: Report) -> Markup:
        documents = {one.path: one for one in manual.documents}
        words = {one.alert: conditions_of(documents[one.path], manual, language) for one in manual.runbooks.values()}
        covered = list(by_runbook(manual, report))
        return fragment(
            language, "coverage_rows", covered=covered, causes=manual.causes, words=words, catch_all=CATCH_ALL
        )

    return page(request, "coverage", report=report, rows=coverage.shown(report, language, rows) if report else "")


@get("/sop/print", sync_to_thread=True)
def printed(request: Visitor, oncall: OncallHere, prints: PrintsHere) -> Response[str]:
    """The whole book on one page for paper, as `tix sop book` binds it, in the reader's language."""
    library, language = _in_force(oncall), language_of(request)
    book = prints.of(library.manual, library.folder, language, oncall.desk.now().date())
    return Response(book, media_type="text/html; charset=utf-8", headers=_PAPER)


def _digest_of_style() -> str:
    """What the style inside the printed book is known by to a browser (CSP 3, hash-source)."""
    style = f"\n{paper.STYLE.read_text(encoding='utf-8')}".encode()
    return f"'sha256-{base64.b64encode(hashlib.sha256(style).digest()).decode()}'"


_PAPER = {"Content-Security-Policy": content_policy(_digest_of_style())}
HANDLERS = (contents, causes, tested, printed, part, runbook)
