"""GitHub's issues (REST, 2022-11-28). It takes no files: an issue quotes the first errors and links to the rest."""

from __future__ import annotations

from typing import ClassVar, Self

from tixmaster.oncall.report.trackers.client import Client, expect
from tixmaster.oncall.report.trackers.github import markup
from tixmaster.oncall.report.trackers.settings import settings_of
from tixmaster.oncall.report.trackers.text import Draft
from tixmaster.oncall.report.trackers.tracker import Issue
from tixmaster.stack.config import Config

PUBLIC = "https://github.com"
NEWEST = 100


class GitHub:
    """Issues of one repository, on github.com or a server of one's own."""

    longest_title: ClassVar[int] = 256
    takes_files: ClassVar[bool] = False

    def __init__(self, client: Client, project: str, labels: tuple[str, ...]) -> None:
        self._client = client
        self._project = project
        self._repository = f"/repos/{project}"
        self._labels = labels

    @classmethod
    def open(cls, config: Config) -> Self:
        settings, token = settings_of(config)
        home = settings.url.rstrip("/")
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        base = "https://api.github.com" if home == PUBLIC else f"{home}/api/v3"
        return cls(Client("GitHub", base, headers), settings.project.strip("/"), settings.labels)

    def close(self) -> None:
        self._client.close()

    def check(self) -> str:
        repository = self._client.get(self._repository)
        if not repository.get("has_issues", True):
            return f"{self._project} is there, but its issues are switched off: switch them on in its settings"
        rights = repository.get("permissions", {})
        able = (
            "may write issues"
            if rights.get("push") or rights.get("triage")
            else "may open issues, perhaps not close them"
        )
        return f"{expect(repository, 'full_name')}: the token {able}"

    def find(self, draft: Draft) -> Issue | None:
        """Among the newest issues: GitHub's search learns of an issue late, and it drops labels that we may not set."""
        newest = {"state": "all", "sort": "created", "direction": "desc"}
        found = self._client.get(f"{self._repository}/issues", per_page=NEWEST, **newest)
        ours = (item for item in found if draft.mark in (item.get("body") or ""))
        return next((_issue(item) for item in ours), None)

    def create(self, draft: Draft) -> Issue:
        body = {"title": draft.title[: self.longest_title], "body": markup.write(draft), "labels": list(self._labels)}
        return _issue(self._client.post(f"{self._repository}/issues", json=body))

    def attach(self, reference: str, name: str, content: bytes) -> None:
        """Nothing: there is no such interface."""

    def has_comment(self, reference: str, mark: str) -> bool:
        page = 1
        while comments := self._client.get(
            f"{self._repository}/issues/{reference}/comments", per_page=NEWEST, page=page
        ):
            if any(mark in (item.get("body") or "") for item in comments):
                return True
            if len(comments) < NEWEST:
                break
            page += 1
        return False

    def comment(self, reference: str, draft: Draft) -> None:
        self._client.post(f"{self._repository}/issues/{reference}/comments", json={"body": markup.write(draft)})

    def set_closed(self, reference: str, closed: bool) -> None:
        state = {"state": "closed", "state_reason": "completed"} if closed else {"state": "open"}
        self._client.ask("PATCH", f"{self._repository}/issues/{reference}", json=state)


def _issue(item: object) -> Issue:
    return Issue(reference=str(expect(item, "number")), url=str(expect(item, "html_url")))
