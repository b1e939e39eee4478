"""What a browser shows, and when: the first paint of each page, and an event on a page that is open."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from tixmaster.bench.errors import BenchError
from tixmaster.oncall.sop import paper

if TYPE_CHECKING:
    from playwright.sync_api import Page

FLAGS = ("--disable-background-networking", "--disable-sync", "--no-first-run")
SHOWN_MILLISECONDS = 30_000
FIRST_PAINT = """() => new Promise((resolve) => {
    new PerformanceObserver((list) => {
        for (const entry of list.getEntriesByName("first-contentful-paint")) resolve(entry.startTime);
    }).observe({ type: "paint", buffered: true });
})"""
"""When the page first showed something, in milliseconds after the navigation began (PerformancePaintTiming)."""

Window = Callable[[], "Page"]


@contextmanager
def browser(address: str, cookies: httpx.Cookies) -> Iterator[Window]:
    """Opens windows with that session and nothing in their cache; raises `BenchError` where there is no Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise BenchError("Playwright is missing; start it by `./tix bench console`, which installs it.") from error
    held = [{"name": one.name, "value": one.value or "", "url": address} for one in cookies.jar]
    with sync_playwright() as started:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        launched = started.chromium.launch(executable_path=_program(), args=[*FLAGS, *root], env=paper.environment())

        def window() -> Page:
            context = launched.new_context(base_url=address)
            context.add_cookies(held)
            return context.new_page()

        yield window
        launched.close()


def first_paint_ms(window: Window, path: str) -> float:
    """From the navigation to the first content, with an empty cache."""
    page = window()
    page.goto(path)
    painted = float(page.evaluate(FIRST_PAINT))
    page.context.close()
    return painted


def shown_ms(page: Page, write: Callable[[str], None], text: str) -> float:
    """From the moment at which the text is about to be written down until the open page shows it."""
    from playwright.sync_api import TimeoutError

    began = time.perf_counter()
    write(text)
    try:
        page.get_by_text(text).first.wait_for(state="attached", timeout=SHOWN_MILLISECONDS)
    except TimeoutError as error:
        raise BenchError(f"an open page did not show an event within {SHOWN_MILLISECONDS / 1000:g} s.") from error
    return (time.perf_counter() - began) * 1000


def _program() -> str:
    found = next((path for name in paper.BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise BenchError(
            "there is no Chromium on the PATH (Debian: apt install chromium, macOS: brew install chromium)"
        )
    return found
