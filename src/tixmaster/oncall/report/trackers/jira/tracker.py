"""Jira's issues (REST, version 2), in Atlassian's cloud and in a data centre of one's own."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.report.trackers.client import Client, expect
from tixmaster.oncall.report.trackers.jira import markup
from tixmaster.oncall.report.trackers.settings import settings_of, user_of
from tixmaster.oncall.report.trackers.text import Draft
from tixmaster.oncall.report.trackers.tracker import Issue, to_act
from tixmaster.stack.config import Config
from tixmaster.stack.said import said

CLOUD = ".atlassian.net"
TYPES = ("Incident", "Bug", "Task")
"""Whichever of these the project has, in this order; else its first kind of issue."""
API = "/rest/api/2"


class Jira:
    """Issues of one project."""

    longest_title: ClassVar[int] = 250
    takes_files: ClassVar[bool] = True

    def __init__(self, client: Client, home: str, project: str, labels: tuple[str, ...]) -> None:
        self._client = client
        self._home = home
        self._project = project
        self._labels = labels

    @classmethod
    def open(cls, config: Config) -> Self:
        settings, token = settings_of(config)
        home = settings.url.rstrip("/")
        if home.endswith(CLOUD) or settings.user:
            client = Client("Jira", home, {}, auth=(user_of(settings), token))
        else:
            client = Client("Jira", home, {"Authorization": f"Bearer {token}"})
        return cls(client, home, settings.project, settings.labels)

    def close(self) -> None:
        self._client.close()

    def check(self) -> str:
        needed = ("CREATE_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES", "CREATE_ATTACHMENTS")
        answer = self._client.get(f"{API}/mypermissions", projectKey=self._project, permissions=",".join(needed))
        lacking = [name for name in needed if not expect(answer, "permissions", name, "havePermission")]
        able = (
            f"lacks {', '.join(lacking)}: grant them in the project's permission scheme"
            if lacking
            else "may write issues"
        )
        return f"{self._project}: the token {able}"

    def find(self, draft: Draft) -> Issue | None:
        """By a label that is the mark, as Jira has no search for exact text. Its index may learn of an issue late."""
        query: dict[str, Any] = {
            "jql": f'project = "{self._project}" AND labels = "{_as_label(draft.mark)}"',
            "fields": "labels",
            "maxResults": 1,
        }
        path = "search/jql" if self._is_cloud else "search"  # the cloud knows the old address no longer
        issues = expect(self._client.get(f"{API}/{path}", **query), "issues")
        return self._issue(issues[0]) if issues else None

    def create(self, draft: Draft) -> Issue:
        fields = {
            "project": {"key": self._project},
            "issuetype": {"id": self._issue_type()},
            "summary": draft.title[: self.longest_title],
            "description": markup.write(draft),
            "labels": [*self._labels, _as_label(draft.mark)],
        }
        return self._issue(self._client.post(f"{API}/issue", json={"fields": fields}))

    def attach(self, reference: str, name: str, content: bytes) -> None:
        fields = expect(self._client.get(f"{API}/issue/{reference}", fields="attachment"), "fields")
        if any(item.get("filename") == name for item in fields.get("attachment") or []):
            return
        self._client.post(
            f"{API}/issue/{reference}/attachments",
            files={"file": (name, content, "application/zip")},
            headers={"X-Atlassian-Token": "no-check"},
        )

    def has_comment(self, reference: str, mark: str) -> bool:
        found = self._client.get(f"{API}/issue/{reference}/comment", orderBy="-created", maxResults=100)
        return any(mark in (item.get("body") or "") for item in expect(found, "comments"))

    def comment(self, reference: str, draft: Draft) -> None:
        self._client.post(f"{API}/issue/{reference}/comment", json={"body": markup.write(draft)})

    def set_closed(self, reference: str, closed: bool) -> None:
        """By whichever transition leads to a status of the category that is wanted; names differ in every project."""
        status = expect(self._client.get(f"{API}/issue/{reference}", fields="status"), "fields", "status")
        if _is_done(status) == closed:
            return
        ways = expect(self._client.get(f"{API}/issue/{reference}/transitions"), "transitions")
        way = next((item for item in ways if _is_done(expect(item, "to")) == closed), None)
        if way is None:
            done = said("a status of the category Done", "Done 類別的狀態")
            wanted = done if closed else said("an open status", "未完成的狀態")
            raise DeliveryError(
                said(
                    "Jira: no transition leads from {status} to {wanted}. Add one to the project's workflow, or {act} "
                    "{reference} by hand.",
                    "Jira：沒有從 {status} 到 {wanted} 的轉換。請加入專案的工作流程，或手動{act} {reference}。",
                    status=status.get("name"),
                    wanted=wanted,
                    act=to_act(closed=closed),
                    reference=reference,
                ),
                retry=False,
            )
        self._client.post(f"{API}/issue/{reference}/transitions", json={"transition": {"id": str(expect(way, "id"))}})

    @property
    def _is_cloud(self) -> bool:
        return self._home.endswith(CLOUD)

    def _issue_type(self) -> str:
        project = self._client.get(f"{API}/project/{self._project}")
        usable = [item for item in expect(project, "issueTypes") if not item.get("subtask")]
        by_name = {item.get("name"): item for item in usable}
        chosen = next((by_name[name] for name in TYPES if name in by_name), None) or expect(usable, 0)
        return str(expect(chosen, "id"))

    def _issue(self, item: object) -> Issue:
        key = str(expect(item, "key"))
        return Issue(reference=key, url=f"{self._home}/browse/{key}")


def _as_label(mark: str) -> str:
    """The mark as a label, which must not hold spaces."""
    return mark.replace(" ", "-")


def _is_done(status: Any) -> bool:
    return bool(expect(status, "statusCategory", "key") == "done")
