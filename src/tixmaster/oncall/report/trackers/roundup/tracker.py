"""Roundup's issues (REST, version 1) in a tracker of the classic kind: issues of messages and files, with a status."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.report.trackers.client import Client, expect
from tixmaster.oncall.report.trackers.roundup import markup
from tixmaster.oncall.report.trackers.settings import settings_of, user_of
from tixmaster.oncall.report.trackers.text import Draft
from tixmaster.oncall.report.trackers.tracker import Issue, to_act
from tixmaster.stack.config import Config
from tixmaster.stack.said import said

CLOSED, OPEN = ("closed", "resolved", "done"), ("open", "in-progress", "chatting", "new")
"""Names of statuses, the best first; every tracker has its own."""


class Roundup:
    """The issues of one tracker; the token is the password of `user`."""

    longest_title: ClassVar[int] = 255
    takes_files: ClassVar[bool] = True

    def __init__(self, client: Client, home: str, user: str) -> None:
        self._client = client
        self._home = home
        self._user = user

    @classmethod
    def open(cls, config: Config) -> Self:
        settings, password = settings_of(config)
        home = settings.url.rstrip("/")
        user = user_of(settings)
        headers = {"X-Requested-With": "rest", "Referer": f"{home}/", "Origin": home}
        return cls(Client("Roundup", f"{home}/rest/data", headers, auth=(user, password)), home, user)

    def close(self) -> None:
        self._client.close()

    def check(self) -> str:
        expect(self._client.get("/issue", **{"@page_size": 1}), "data", "collection")
        return f"{self._home}: the password is good; the user's role must have the right to create and edit issues"

    def find(self, draft: Draft) -> Issue | None:
        """Among the issues of that title, by the mark in a message."""
        found = expect(self._client.get("/issue", **{"title:": draft.title}), "data", "collection")
        marked = (item["id"] for item in found if self.has_comment(str(item["id"]), draft.mark))
        return next((self._issue(number) for number in marked), None)

    def create(self, draft: Draft) -> Issue:
        fields = {"title": draft.title, "messages": [self._message(draft)]}
        return self._issue(expect(self._client.post("/issue", json=fields), "data", "id"))

    def attach(self, reference: str, name: str, content: bytes) -> None:
        if any(
            self._client.get(f"/file/{file}")["data"]["attributes"]["name"] == name
            for file in self._of(reference, "files")
        ):
            return
        made = self._client.post(
            "/file", data={"name": name, "type": "application/zip"}, files={"content": (name, content)}
        )
        self._change(reference, {"@op": "add", "files": [str(expect(made, "data", "id"))]})

    def has_comment(self, reference: str, mark: str) -> bool:
        contents = (self._client.get(f"/msg/{number}/content") for number in self._of(reference, "messages"))
        return any(mark in str(expect(content, "data", "data")) for content in contents)

    def comment(self, reference: str, draft: Draft) -> None:
        self._change(reference, {"@op": "add", "messages": [self._message(draft)]})

    def set_closed(self, reference: str, closed: bool) -> None:
        found = expect(self._client.get("/status", **{"@fields": "name"}), "data", "collection")
        by_name = {str(item["name"]): str(item["id"]) for item in found}
        names = {number: name for name, number in by_name.items()}
        now = expect(self._client.get(f"/issue/{reference}"), "data", "attributes", "status")
        if (names.get(str((now or {}).get("id"))) in CLOSED) == closed:
            return
        wanted = next((by_name[name] for name in (CLOSED if closed else OPEN) if name in by_name), None)
        if wanted is None:
            raise DeliveryError(
                said(
                    "Roundup has none of the statuses {statuses}. Add one, or {act} issue{reference} by hand.",
                    "Roundup 沒有狀態 {statuses}。請新增，或手動{act} issue{reference}。",
                    statuses=", ".join(CLOSED if closed else OPEN),
                    act=to_act(closed=closed),
                    reference=reference,
                ),
                retry=False,
            )
        self._change(reference, {"status": wanted})

    def _message(self, draft: Draft) -> str:
        """The id of a new message. It must have an author, whom Roundup puts on the list of those it tells."""
        author = expect(self._client.get("/user", **{"username:": self._user}), "data", "collection", 0, "id")
        fields = {"content": markup.write(draft), "author": str(author)}
        return str(expect(self._client.post("/msg", json=fields), "data", "id"))

    def _of(self, reference: str, name: str) -> list[str]:
        """The ids of the issue's messages or files."""
        linked = expect(self._client.get(f"/issue/{reference}"), "data", "attributes", name)
        return [str(item["id"]) for item in linked]

    def _change(self, reference: str, fields: dict[str, Any]) -> None:
        """Roundup changes only what nobody else has changed since it was read."""
        tag = expect(self._client.get(f"/issue/{reference}"), "data", "@etag")
        self._client.ask("PATCH", f"/issue/{reference}", json=fields, headers={"If-Match": tag})

    def _issue(self, number: object) -> Issue:
        return Issue(reference=str(number), url=f"{self._home}/issue{number}")
