"""Somebody at the console: signs in, follows every link, and times what the server takes for each page."""

from __future__ import annotations

import re
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

from tixmaster.bench.errors import BenchError
from tixmaster.bench.latency import Histogram
from tixmaster.stack import secrets
from tixmaster.stack.config import Config

ANSWER_SECONDS = 30.0
_ONE_OF_A_KIND = re.compile(r"(?<=^/drills/)[^/]+|(?<=^/sop/run/)[^/]+|(?<=^/sop/)[A-Z][^/]*|\d+")
"""What differs in pages that are of one kind: the name of a drill or of a runbook, a number."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page and its times; the first one, for which something may have had to be made ready, stands by itself."""

    path: str
    first_ms: float
    times: Histogram = field(default_factory=Counter)


class _Links(HTMLParser):
    """The addresses that a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href")
        if tag == "a" and address:
            self.found.append(address)


def signed_in(config: Config) -> httpx.Client:
    """A client with the session of the first administrator."""
    client = httpx.Client(base_url=config.url("oncall"), timeout=ANSWER_SECONDS)
    token = re.search(r'name="_csrf_token" value="(\w+)"', client.get("/login").text)
    if token is None:
        raise BenchError("the log-in page has no form token; is something else listening on on-call's port?")
    form = {"_csrf_token": token[1], "name": "admin", "password": secrets.read(config, "console-password")}
    answer = client.post("/login", data=form)
    if answer.status_code != httpx.codes.SEE_OTHER:
        raise BenchError(f"the log-in answered {answer.status_code}; on-call's log says why.")
    return client


def pages(client: httpx.Client, first: Iterable[str]) -> list[Page]:
    """Those of `first`, and of every kind of page that links lead to, one."""
    given = list(first)
    waiting = deque((path, path) for path in given)
    known, found = set[str](), list[Page]()
    while waiting:
        path, kind = waiting.popleft()
        if kind in known:
            continue
        known |= {kind, _kind(path)}
        began = time.perf_counter()
        answer = client.get(path)
        if _is_page(answer) or path in given:
            found.append(Page(path=path, first_ms=(time.perf_counter() - began) * 1000))
            waiting.extend((link, _kind(link)) for link in _linked(answer))
    return found


def time_of(client: httpx.Client, path: str, rounds: int) -> Histogram:
    """How long each answer took, from the request's first byte to the page's last."""
    times: Histogram = Counter()
    for _ in range(rounds):
        began = time.perf_counter()
        answer = client.get(path)
        times[int((time.perf_counter() - began) * 1e6)] += 1
        if not answer.is_success:
            raise BenchError(f"{path} answered {answer.status_code}; on-call's log says why.")
    return times


def _is_page(answer: httpx.Response) -> bool:
    return answer.is_success and answer.headers.get("content-type", "").startswith("text/html")


def _linked(answer: httpx.Response) -> Iterator[str]:
    """The addresses on the same server, as far as a request carries them."""
    links = _Links()
    links.feed(answer.text)
    for address in links.found:
        target = urlsplit(urljoin(str(answer.url), address))
        if target.netloc == answer.url.netloc.decode():
            yield target.path + (f"?{target.query}" if target.query else "")


def _kind(path: str) -> str:
    return _ONE_OF_A_KIND.sub("*", urlsplit(path).path)
