"""A real Chromium for tests. A test fails on what a visitor would never be told: a script's error, an error on the
console (what the content security policy blocks is one), a request to another machine."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import pytest
from tests.npm import modules

from tixmaster.oncall.sop.paper import BROWSERS

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE_VERSION = "4.14.1"
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
HERE = frozenset({"127.0.0.1", "localhost"})
WITHOUT_HOST = frozenset({"data", "blob", "about"})
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 740}
GRAVE = frozenset({"serious", "critical"})
"""The impacts, in axe's words, that keep somebody from using the page."""


class Browser:
    """Opens windows, each with cookies of its own, and notes what went wrong in them."""

    def __init__(self, chromium: Any) -> None:
        self._chromium = chromium
        self._contexts: list[Any] = []
        self._expected: list[re.Pattern[str]] = []
        self._problems: list[str] = []

    def open(
        self,
        address: str,
        *,
        language: Literal["en", "zh-TW"] = "en",
        scheme: Literal["light", "dark"] = "light",
        phone: bool = False,
        **options: Any,
    ) -> Page:
        """A window whose paths are those of `address`; `options` are Playwright's of a context."""
        context = self._chromium.new_context(
            base_url=address,
            locale=language,
            color_scheme=scheme,
            viewport=PHONE if phone else DESKTOP,
            has_touch=phone,
            **options,
        )
        self._contexts.append(context)
        context.on("request", self._look_at_request)
        context.on("console", self._look_at_message)
        context.on("weberror", lambda raised: self._problems.append(f"a script's error: {raised.error}"))
        return context.new_page()

    def expect(self, pattern: str) -> None:
        """An error on the console that the test provokes, as a regular expression: a page that is not there, say."""
        self._expected.append(re.compile(pattern))

    def problems(self) -> list[str]:
        """What went wrong so far and was not expected."""
        return [said for said in self._problems if not any(known.search(said) for known in self._expected)]

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        self._contexts.clear()

    def _look_at_request(self, request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme not in WITHOUT_HOST and address.hostname not in HERE:
            self._problems.append(f"a request left this machine: {request.url}")

    def _look_at_message(self, message: Any) -> None:
        if message.type == "error":
            self._problems.append(f"{message.page.url if message.page else ''}: {message.text}")


@contextmanager
def chromium() -> Iterator[Any]:
    """Playwright's handle on the browser; skips where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium here")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=program, args=list(FLAGS))
        yield launched
        launched.close()


def barriers(page: Page) -> list[str]:
    """What axe-core finds on the page that keeps people from using it: rule, what it asks for, and where."""
    source = modules("axe-core", AXE_VERSION) / "axe-core" / "axe.min.js"
    page.evaluate(source.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{page.url}: {item['id']} ({item['help']}): {node['html'][:300]}"
        for item in found["violations"]
        if item["impact"] in GRAVE
        for node in item["nodes"]
    ]


def too_wide(page: Page) -> bool:
    """Whether the page must be pushed sideways to be read."""
    return bool(page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"))
