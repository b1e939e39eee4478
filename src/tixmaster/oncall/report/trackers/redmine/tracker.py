"""Redmine's issues (REST)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.report.trackers.client import Client, expect
from tixmaster.oncall.report.trackers.redmine import markup
from tixmaster.oncall.report.trackers.settings import settings_of
from tixmaster.oncall.report.trackers.text import Draft
from tixmaster.oncall.report.trackers.tracker import Issue, to_act
from tixmaster.stack.config import Config
from tixmaster.stack.said import said

NEWEST = 100


class Redmine:
    """Issues of one project."""

    longest_title: ClassVar[int] = 255
    takes_files: ClassVar[bool] = True

    def __init__(self, client: Client, home: str, project: str) -> None:
        self._client = client
        self._home = home
        self._project = project

    @classmethod
    def open(cls, config: Config) -> Self:
        settings, token = settings_of(config)
        home = settings.url.rstrip("/")
        return cls(Client("Redmine", home, {"X-Redmine-API-Key": token}), home, settings.project)

    def close(self) -> None:
        self._client.close()

    def check(self) -> str:
        login = expect(self._client.get("/users/current.json"), "user", "login")
        project = expect(self._client.get(f"/projects/{self._project}.json"), "project", "name")
        return f"{project}: the token is {login}'s; their role must have the right to add and edit issues"

    def find(self, draft: Draft) -> Issue | None:
        """Among the project's newest, closed ones too; Redmine cannot search for a text in descriptions everywhere."""
        found = self._client.get(
            "/issues.json", project_id=self._project, status_id="*", sort="created_on:desc", limit=NEWEST
        )
        ours = (item for item in expect(found, "issues") if draft.mark in (item.get("description") or ""))
        return next((self._issue(item) for item in ours), None)

    def create(self, draft: Draft) -> Issue:
        fields = {
            "project_id": self._project,
            "subject": draft.title[: self.longest_title],
            "description": markup.write(draft),
        }
        return self._issue(expect(self._client.post("/issues.json", json={"issue": fields}), "issue"))

    def attach(self, reference: str, name: str, content: bytes) -> None:
        issue = expect(self._client.get(f"/issues/{reference}.json", include="attachments"), "issue")
        if any(item.get("filename") == name for item in issue.get("attachments") or []):
            return
        uploaded = self._client.post(
            "/uploads.json",
            params={"filename": name},
            content=content,
            headers={"Content-Type": "application/octet-stream"},
        )
        upload = {"token": expect(uploaded, "upload", "token"), "filename": name, "content_type": "application/zip"}
        self._change(reference, {"uploads": [upload]})

    def has_comment(self, reference: str, mark: str) -> bool:
        issue = expect(self._client.get(f"/issues/{reference}.json", include="journals"), "issue")
        return any(mark in (item.get("notes") or "") for item in issue.get("journals") or [])

    def comment(self, reference: str, draft: Draft) -> None:
        self._change(reference, {"notes": markup.write(draft)})

    def set_closed(self, reference: str, closed: bool) -> None:
        """Redmine leaves out what the workflow forbids and says nothing, so what became of it is looked up."""
        statuses = expect(self._client.get("/issue_statuses.json"), "issue_statuses")
        closing = {item["id"] for item in statuses if item.get("is_closed")}
        if (self._status(reference) in closing) == closed:
            return
        for status in (item["id"] for item in statuses if (item["id"] in closing) == closed):
            self._change(reference, {"status_id": status})
            if (self._status(reference) in closing) == closed:
                return
        raise DeliveryError(
            said(
                "Redmine: the workflow does not let our role {act} #{reference}. Allow it in Administration, Workflow, or "
                "do it by hand.",
                "Redmine：流程不允許我們的角色{act} #{reference}。請於「網站管理」的「流程」開放，或手動處理。",
                act=to_act(closed=closed),
                reference=reference,
            ),
            retry=False,
        )

    def _status(self, reference: str) -> Any:
        return expect(self._client.get(f"/issues/{reference}.json"), "issue", "status", "id")

    def _change(self, reference: str, fields: dict[str, Any]) -> None:
        self._client.ask("PUT", f"/issues/{reference}.json", json={"issue": fields})

    def _issue(self, item: object) -> Issue:
        number = str(expect(item, "id"))
        return Issue(reference=number, url=f"{self._home}/issues/{number}")
