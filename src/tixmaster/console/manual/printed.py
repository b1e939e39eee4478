"""The printed book, bound when first wanted and kept until the manual or the day that stands on it is another."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

from tixmaster.oncall.report.words import Language
from tixmaster.oncall.sop import book, paper
from tixmaster.oncall.sop.library import Manual


class Prints:
    """The book in each language, as a page of HTML."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._manual: Manual | None = None
        self._day: date | None = None
        self._made: dict[Language, str] = {}

    def of(self, manual: Manual, root: Path, language: Language, day: date) -> str:
        """The book of this manual, bound on that day."""
        with self._lock:
            if self._manual is not manual or self._day != day:
                self._manual, self._day, self._made = manual, day, {}
            if language not in self._made:
                self._made[language] = paper.html(book.bind(manual, root, language, day))
            return self._made[language]
