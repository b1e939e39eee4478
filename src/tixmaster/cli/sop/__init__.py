"""The manual at the keyboard: is it sound, what is in it, carry it out, try its decisions, print it."""

from __future__ import annotations

from cyclopts import App

from tixmaster.cli.sop import book, read, recorded, run


def register(app: App) -> None:
    """Adds `tix sop lint|list|show|run|test|book|schema`."""
    sop = App(name="sop", help="The manual SOP-MON-001: lint, list, show, run, test, book.")
    sop.command(read.lint)
    sop.command(read.list_runbooks, name="list")
    sop.command(read.show)
    sop.command(run.run)
    sop.command(recorded.try_decisions, name="test")
    sop.command(book.book)
    sop.command(read.schema)
    app.command(sop)
