"""GitHub, GitLab and Jira: what we really send is what the providers' published OpenAPI descriptions allow.

`descriptions/` holds paths, parameters, fields and types of the operations we use, cut out of the descriptions named in
each file. GitLab's published one is of v3: parameters to search and sort by, and the issue's number in paths, came with v4.
Jira's is of version 3, which differs from version 2 in that texts are documents there; `search/jql` is younger than it.
"""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import sqlalchemy as sa

from tixmaster.oncall import close, person
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.report import tell
from tixmaster.oncall.report.postman import deliver_due
from tixmaster.oncall.report.trackers import follow
from tixmaster.oncall.report.trackers.carry import open_tracker
from tixmaster.oncall.store.schema import incident

from .conftest import Configured, opened, said
from .servers import HttpServer, Request

FOLDER = Path(__file__).with_name("descriptions")
PREFIX = {"github": ("/api/v3", ""), "gitlab": ("/api/v4", "/v3"), "jira": ("/rest/api/2", "/rest/api/3")}
"""Where we ask, and where the description has it."""
SINCE_V4: dict[str, Any] = {"search": {}, "in": {}, "order_by": {}, "sort": {}}
ISSUE: dict[str, Any] = {
    "number": 7,
    "html_url": "http://t/7",
    "iid": 7,
    "web_url": "http://t/7",
    "key": "SHOP-7",
    "id": "7",
}
TO = [{"id": "11", "to": {"statusCategory": {"key": "new"}}}, {"id": "31", "to": {"statusCategory": {"key": "done"}}}]


class Provider:
    """Answers like the tracker, with the fields that its description names, and remembers whether the issue is closed."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.closed = False
        document = msgspec.json.decode((FOLDER / f"{kind}.json").read_bytes())
        self.operations: list[dict[str, Any]] = document["operations"]

    def operation(self, request: Request) -> dict[str, Any]:
        """What the description says of the request; fails where it has no such operation."""
        ours, theirs = PREFIX[self.kind]
        path = request.path.replace(ours, theirs, 1)
        for operation in self.operations:
            pattern = re.sub(r"\{\w+\}", "[^/]+", operation["path"])
            if operation["method"] == request.method and re.fullmatch(pattern, path):
                return operation
        raise AssertionError(f"{request.method} {path} is in no description")

    def __call__(self, request: Request) -> tuple[int, Any]:
        path = request.path
        if request.method in ("PATCH", "PUT") or path.endswith("/transitions"):
            self._change(request)
        if path.endswith("/issues") and request.method == "GET":
            return 200, []
        if path.endswith(("/comments", "/notes")) and request.method == "GET":
            return 200, []
        extra = {
            "state": "closed" if self.closed else "opened",
            "full_name": "shop/backend",
            "path_with_namespace": "shop/backend",
            "permissions": {"push": True, "project_access": {"access_level": 30}},
            "markdown": "[evidence.zip](/uploads/1/evidence.zip)",
        }
        return 200, ISSUE | extra | (self._jira() if self.kind == "jira" else {})

    def _jira(self) -> dict[str, Any]:
        granted = ("CREATE_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES", "CREATE_ATTACHMENTS")
        category = {"key": "done" if self.closed else "new"}
        return {
            "issues": [],
            "comments": [],
            "transitions": TO,
            "issueTypes": [{"id": "1", "name": "Bug", "subtask": False}],
            "fields": {"status": {"name": "Open", "statusCategory": category}, "attachment": []},
            "permissions": {name: {"havePermission": True} for name in granted},
        }

    def _change(self, request: Request) -> None:
        if request.body:
            self.closed = b"close" in request.body or b'"31"' in request.body


def conforms(provider: Provider, request: Request) -> None:
    """Path, parameters and body are as described."""
    operation = provider.operation(request)
    allowed = operation["query"] | (SINCE_V4 if provider.kind == "gitlab" else {})
    assert set(request.query) <= set(allowed), (request.path, request.query)
    for name, value in request.query.items():
        if "enum" in allowed[name]:
            assert value in allowed[name]["enum"]
    if operation.get("content_type") == "multipart/form-data":
        assert b'name="file"; filename="' in request.body
    elif "body" in operation:
        body = request.json
        jsonschema_rs.validator_for(operation["body"]).validate(body)
        known = set(operation["body"].get("properties", {}))
        assert set(body) <= known, f"{request.path}: {set(body) - known}"


@pytest.fixture(params=["github", "gitlab", "jira"])
def provider(request: pytest.FixtureRequest, server: HttpServer) -> Provider:
    server.answer = provider = Provider(request.param)
    return provider


@pytest.fixture
def desk_of(provider: Provider, server: HttpServer, configured: Configured) -> Desk:
    project = "SHOP" if provider.kind == "jira" else "shop/backend"
    settings = {"kind": provider.kind, "url": server.url, "project": project, "token_file": "token", "owners": ["@mei"]}
    desk = configured(tracker=settings)
    (desk.config.root / "token").write_text("t0ken")
    return desk


def test_what_is_sent_is_what_is_published(desk_of: Desk, provider: Provider, server: HttpServer) -> None:
    """Opened, told, given evidence, closed and reopened; nothing that must not leave the machine, and one mention."""
    desk = desk_of
    with closing(open_tracker(desk.config)) as tracker:
        assert "may write issues" in tracker.check()
    tell.page(desk, opened(desk))
    while deliver_due(desk):
        pass
    person.note(desk, 1, "on it", by="mei")
    follow.look(desk)
    with desk.database.write() as connection:
        connection.execute(sa.update(incident).values(state="resolved", resolved_at=desk.now()))
    close.finish(desk, 1)
    follow.look(desk)
    while deliver_due(desk):
        pass
    with desk.database.write() as connection:
        connection.execute(sa.update(incident).values(state="open"))
    follow.look(desk)
    while deliver_due(desk):
        pass
    assert said(desk, "tracker-refused") == []
    for request in server.requests:
        conforms(provider, request)
    sent = b"".join(request.body for request in server.requests).decode(errors="replace")
    assert "PostgreSQL refuses connections" in sent
    assert not re.search(r"hunter2|lin\.secret@", sent)
    assert "@mei" in sent
    changes = [text.split()[0] for text in said(desk, "tracker-sent")]
    assert changes[-2:] == ["Closed", "Reopened"]


def test_a_log_line_calls_nobody(desk_of: Desk, provider: Provider, server: HttpServer) -> None:
    """What services wrote is shown as it is: in a block of code, or without its power to mention, link and format."""
    tell.page(desk_of, opened(desk_of, summary="@everyone <img src=x> [click](http://evil) failed"))
    deliver_due(desk_of)
    written = (item for item in server.requests if item.method == "POST")
    issue = next(item for item in written if b"description" in item.body or b'"body"' in item.body)
    text = issue.json.get("body") or issue.json.get("description") or issue.json["fields"]["description"]
    prose = re.sub(r"```.*?```|\{noformat\}.*?\{noformat\}", "", text, flags=re.S)
    assert "@everyone" not in prose.replace("\\@", "")
    assert "[click](" not in prose
    assert "<img" not in prose.replace("\\<", "") or provider.kind == "jira"
