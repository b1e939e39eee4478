"""What fails a test in a browser: errors of scripts, errors on the console, other machines, barriers, width."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.browser import Browser, barriers, too_wide

PAGES = {
    "/well": "<main><h1>Well</h1></main>",
    "/throws": "<script>throw new Error('broken')</script>",
    "/says": "<script>console.error('amiss')</script>",
    "/leaves": "<img src='http://elsewhere.example/spy.png' alt='spy'>",
    "/barrier": "<main><h1>Barrier</h1><img src='data:,'><button></button></main>",
    "/wide": "<main style='width: 3000px'>Wide</main>",
}


class Site(BaseHTTPRequestHandler):
    """The pages above."""

    def do_GET(self) -> None:
        content = PAGES.get(self.path)
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"<!doctype html><html lang=en><title>T</title><link rel=icon href=data:,>{content}".encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Tests have output of their own."""


@pytest.fixture
def site() -> Iterator[str]:
    """Its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "words"),
    [("/throws", "broken"), ("/says", "amiss"), ("/leaves", "elsewhere.example"), ("/missing", "404")],
)
def test_what_goes_wrong_in_a_page_is_noticed(site: str, shared_chromium: Any, path: str, words: str) -> None:
    """The browser's list of problems is what fails a test; what was expected is not on it."""
    opened = Browser(shared_chromium)
    opened.open(site).goto(path)
    assert any(words in problem for problem in opened.problems())
    opened.expect(f"{words}|ERR_NAME_NOT_RESOLVED")
    assert opened.problems() == []
    opened.close()


def test_barriers_and_width_are_noticed(site: str, browser: Browser) -> None:
    """An image without words and a button without a name keep people out; a wide page has to be pushed."""
    page = browser.open(site, phone=True)
    page.goto("/well")
    assert barriers(page) == []
    assert not too_wide(page)
    page.goto("/barrier")
    assert {name for name in ("image-alt", "button-name") if name in " ".join(barriers(page))} == {
        "image-alt",
        "button-name",
    }
    page.goto("/wide")
    assert too_wide(page)
