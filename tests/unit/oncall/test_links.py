"""Approval links are found and made useless however they were mangled on the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.remedy import links
from tixmaster.stack import secrets


@pytest.mark.parametrize(
    "mangle",
    [
        str,
        lambda link: quote(quote(link, safe=""), safe=""),
        lambda link: "https://urldefense.example/v2/url?u=" + link.replace("/", "_").replace(":", "-3A") + "&d=x",
        lambda link: "x" + link.rpartition("/")[2],
        lambda link: link.rpartition("/")[2] + "_and_more",
        lambda link: f"{link[:70]}\n{link[70:]}",
        lambda link: f"{link[:100]}\u200b{link[100:]}",
    ],
)
@pytest.mark.parametrize("answer", ["approve", "decline"])
def test_no_mangled_link_is_whole(desk: Desk, mangle: Callable[[str], str], answer: links.Answer) -> None:
    """Proxies for links encode twice or with signs of their own; editors break lines. The signature is gone."""
    secrets.ensure_all(desk.config)
    for incident in (1, 12, 123):  # each moves the answer by a byte, and so its Base64
        link = links.link(desk, incident, 7, answer, "mei@example.org")
        shown = links.hidden(desk, f"<p>see {mangle(link)} now</p>".encode()).decode()
        token = link.rpartition("/")[2]
        assert not any(token[at : at + 10] in shown for at in range(33)), "a part of the signature is left"
        assert shown.startswith("<p>see ")
        assert shown.endswith(" now</p>")


@pytest.mark.parametrize("text", [b"a" * 500_000, b"a-_" * 200_000, b"ImFwcHJvdmUiLCIy" * 30_000])
def test_looking_for_links_takes_linear_time(desk: Desk, text: bytes) -> None:
    """A page may hold a log line of any length."""
    secrets.ensure_all(desk.config)
    began = time.thread_time()
    links.hidden(desk, text)
    assert time.thread_time() - began < 0.5
