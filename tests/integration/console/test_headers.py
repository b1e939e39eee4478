"""Every route of the application answers with the headers that keep a browser from doing what we did not ask for."""

from __future__ import annotations

import re

import pytest
from litestar.routes import HTTPRoute

from tixmaster.oncall.app import Oncall
from tixmaster.stack import secrets

from .conftest import Client, Visitor, open_incident

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
OTHERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
BOOK = "/sop/print"
"""One page that is saved and mailed as a file: its style is in it, and only that very style is let through."""
STREAMS = {"/live"}
"""They do not end; `test_live.py` listens to them."""
INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")[^>]*>|<style|\sstyle=|\son[a-z]+=|javascript:", re.I
)


@pytest.mark.parametrize("signed_in", [False, True])
def test_every_route_has_them_and_no_page_has_a_script_of_its_own(
    client: Client, oncall: Oncall, visitor: Visitor, signed_in: bool
) -> None:
    """For a stranger, who is sent away, and for an administrator, who gets pages, files and errors."""
    name = open_incident(oncall)
    if signed_in:
        visitor.sign_in("admin", secrets.read(oncall.desk.config, "console-password"))
    routes = [route for route in client.app.routes if isinstance(route, HTTPRoute)]
    assert len(routes) > 30
    for route in routes:
        if "GET" not in route.methods or (signed_in and route.path_format.endswith(tuple(STREAMS))):
            continue
        path = re.sub(r"\{name\}", name, route.path_format)
        answer = client.get(re.sub(r"\{\w+\}", "1", path), headers={"Accept-Language": "en"})
        given = {
            part.split()[0]: part.split(None, 1)[1] for part in answer.headers["content-security-policy"].split("; ")
        }
        if signed_in and path == BOOK:
            assert re.fullmatch(r"'sha256-[\w+/]{43}='", given["style-src"])
            given["style-src"] = POLICY["style-src"]
        assert {name: given.get(name) for name in POLICY} == POLICY, path
        assert {name: answer.headers.get(name) for name in OTHERS} == OTHERS, path
        assert "unsafe" not in answer.headers["content-security-policy"], path
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert INLINE.findall(answer.text) == (["<style"] if signed_in and path == BOOK else []), path
