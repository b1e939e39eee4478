"""GitLab's issues (REST v4)."""

from __future__ import annotations

from typing import ClassVar, Self
from urllib.parse import quote

from tixmaster.oncall.report.trackers.client import Client, expect
from tixmaster.oncall.report.trackers.gitlab import markup
from tixmaster.oncall.report.trackers.settings import settings_of
from tixmaster.oncall.report.trackers.text import Draft
from tixmaster.oncall.report.trackers.tracker import Issue
from tixmaster.stack.config import Config

REPORTER = 20
"""The access level from which one may close issues and label them."""
NEWEST = 100


class GitLab:
    """Issues of one project, on gitlab.com or a server of one's own."""

    longest_title: ClassVar[int] = 255
    takes_files: ClassVar[bool] = True

    def __init__(self, client: Client, project: str, labels: tuple[str, ...]) -> None:
        self._client = client
        self._project = f"/projects/{quote(project, safe='')}"
        self._labels = ",".join(labels)

    @classmethod
    def open(cls, config: Config) -> Self:
        settings, token = settings_of(config)
        client = Client("GitLab", f"{settings.url.rstrip('/')}/api/v4", {"PRIVATE-TOKEN": token})
        return cls(client, settings.project.strip("/"), settings.labels)

    def close(self) -> None:
        self._client.close()

    def check(self) -> str:
        project = self._client.get(self._project)
        access = project.get("permissions") or {}
        levels = [(access.get(name) or {}).get("access_level", 0) for name in ("project_access", "group_access")]
        able = (
            "may write issues"
            if max(levels) >= REPORTER
            else "may open issues, perhaps not close them (it wants Reporter)"
        )
        return f"{expect(project, 'path_with_namespace')}: the token {able}"

    def find(self, draft: Draft) -> Issue | None:
        found = self._client.get(
            f"{self._project}/issues",
            search=draft.mark,
            **{"in": "description"},
            per_page=NEWEST,
            order_by="created_at",
        )
        ours = (item for item in found if draft.mark in (item.get("description") or ""))
        return next((_issue(item) for item in ours), None)

    def create(self, draft: Draft) -> Issue:
        body = {"title": draft.title[: self.longest_title], "description": markup.write(draft), "labels": self._labels}
        return _issue(self._client.post(f"{self._project}/issues", json=body))

    def attach(self, reference: str, name: str, content: bytes) -> None:
        """A file belongs to the project; a comment with its name and link makes it the issue's."""
        if self.has_comment(reference, name):
            return
        uploaded = self._client.post(f"{self._project}/uploads", files={"file": (name, content, "application/zip")})
        link = {"body": str(expect(uploaded, "markdown"))}
        self._client.post(f"{self._project}/issues/{reference}/notes", json=link)

    def has_comment(self, reference: str, mark: str) -> bool:
        """Newest first: what we may have written before is at the beginning."""
        notes = self._client.get(
            f"{self._project}/issues/{reference}/notes", sort="desc", order_by="created_at", per_page=NEWEST
        )
        return any(mark in (item.get("body") or "") for item in notes)

    def comment(self, reference: str, draft: Draft) -> None:
        self._client.post(f"{self._project}/issues/{reference}/notes", json={"body": markup.write(draft)})

    def set_closed(self, reference: str, closed: bool) -> None:
        """GitLab refuses to close what is closed, so it is asked first."""
        path = f"{self._project}/issues/{reference}"
        if (expect(self._client.get(path), "state") == "closed") != closed:
            self._client.ask("PUT", path, json={"state_event": "close" if closed else "reopen"})


def _issue(item: object) -> Issue:
    return Issue(reference=str(expect(item, "iid")), url=str(expect(item, "web_url")))
