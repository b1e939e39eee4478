"""The people's side: a repository with issues and a chat channel, which remember what they took."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.integration.report.servers import Answer, HttpServer, Request

PROJECT, HOOK = "shop/backend", "hook"


@dataclass(kw_only=True)
class Project:
    """The issues of a repository, and the comments of its first one."""

    issues: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        place = self.comments if request.path.endswith("/comments") else self.issues
        if request.method == "GET":
            return 200, place
        if request.method == "PATCH":
            self.issues[0] |= request.json
            return 200, self.issues[0]
        place.append(request.json | {"number": len(place) + 1, "html_url": "http://tracker/1", "state": "open"})
        return 201, place[-1]

    def wrongs(self) -> list[str]:
        """What is missing or doubled: one issue, closed, each comment once."""
        states = [issue["state"] for issue in self.issues]
        found = [] if states == ["closed"] else [f"issues: {states}"]
        counted = Counter(comment["body"] for comment in self.comments)
        found += [f"comment doubled: {body}" for body, count in counted.items() if count > 1]
        return found if counted else [*found, "no comments"]


class Outside(HttpServer):
    """The server of both; each case has a repository and a channel of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._projects: dict[str, Project] = {}
        self._heard: dict[str, list[str]] = {}
        self.answer = self._answer

    def project(self, case: str) -> Project:
        return self._projects.setdefault(f"shop/{case}", Project())

    def heard(self, case: str) -> list[str]:
        """The titles of the messages that came into the case's channel."""
        return self._heard.setdefault(f"/{case}", [])

    def settings(self, token: str) -> tuple[str, str]:
        """The lines of the configuration, for `placed_for` to make a case's own of."""
        table = f'kind = "github", url = "{self.url}", project = "{PROJECT}", token_file = "{token}"'
        channel = f'{{ name = "team", url = "json://127.0.0.1:{self.port}/{HOOK}" }}'
        return f"oncall.tracker = {{ {table} }}", f"oncall.channels = [{channel}]"

    def _answer(self, request: Request) -> Answer:
        if "/repos/" in request.path:
            name = "/".join(request.path.partition("/repos/")[2].split("/")[:2])
            return self._projects.setdefault(name, Project()).answer(request)
        self._heard.setdefault(request.path, []).append(request.json["title"])
        return 200, {}


def placed_for(case: str, settings: str) -> str:
    """The configuration with the case's own repository and channel."""
    return settings.replace(PROJECT, f"shop/{case}").replace(f"/{HOOK}", f"/{case}")
