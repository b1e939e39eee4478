"""The manual's pages: the book, and carrying a runbook out by hand."""

from tixmaster.console.manual import book, runs
from tixmaster.console.manual.coverage import Coverage
from tixmaster.console.manual.printed import Prints
from tixmaster.console.manual.search import Indexes

__all__ = ["HANDLERS", "Coverage", "Indexes", "Prints"]

HANDLERS = (*book.HANDLERS, *runs.HANDLERS)
