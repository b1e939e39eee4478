"""`kill -9` after a tracker has taken an issue and before on-call could note it: there is one issue, and the rest follows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.report.servers import HttpServer, Request

from .conftest import Alert, Oncall, texts


class Repository:
    """A repository as GitHub's interface shows it. Its first answer to a new issue never comes."""

    def __init__(self) -> None:
        self.issues: list[dict[str, Any]] = []
        self.taken, self.end = threading.Event(), threading.Event()

    def __call__(self, request: Request) -> tuple[int, Any]:
        if request.method == "GET":
            return 200, self.issues if request.path.endswith("/issues") else []
        if request.method == "POST" and request.path.endswith("/issues"):
            self.issues.append(request.json | {"number": len(self.issues) + 1, "html_url": "http://t/1"})
            self.taken.set()
            if len(self.issues) == 1:
                self.end.wait(30)
        return 201, {"number": 1, "html_url": "http://t/1"}


@pytest.fixture(scope="module")
def repository() -> Repository:
    return Repository()


@pytest.fixture(scope="module")
def tracker(repository: Repository) -> Iterator[HttpServer]:
    with HttpServer() as server:
        server.answer = repository
        yield server
        repository.end.set()


@pytest.fixture(scope="module")
def settings(tracker: HttpServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """On-call with that repository as its tracker."""
    token = tmp_path_factory.mktemp("tracker") / "token"
    token.write_text("t0ken\n")
    table = f'kind = "github", url = "{tracker.url}", project = "shop/backend", token_file = "{token}"'
    return (f"oncall.tracker = {{ {table} }}",)


def test_an_issue_that_was_taken_is_not_opened_again(oncall: Oncall, repository: Repository) -> None:
    """It is found by its mark; what happens afterwards is told in it."""
    name = oncall.open(Alert(name="InstanceDown"))
    assert repository.taken.wait(30)
    oncall.kill()
    oncall.start()
    incident = oncall.wait(name, "tracker-sent")
    assert texts(incident, "tracker-sent")[0] == "Issue opened: http://t/1"
    assert len(repository.issues) == 1
    assert incident["ticket"] == {"reference": "1", "url": "http://t/1", "closed": False}
    oncall.client.acknowledge(name, by="mei")
    oncall.wait_for(name, lambda seen: any(text.startswith("Told") for text in texts(seen, "tracker-sent")))
