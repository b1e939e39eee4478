"""Asking the running on-call over HTTP: what the command line and the drills use."""

from __future__ import annotations

from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

from tixmaster.stack import secrets
from tixmaster.stack.config import Config, Policy
from tixmaster.stack.errors import StackError, UnreachableError
from tixmaster.stack.said import said, system

TIMEOUT_SECONDS = 10.0


class RefusedError(StackError):
    """On-call answered and refused: an unknown incident, nothing to approve, a wrong token."""


class OncallClient:
    """A method a route of `oncall/api.py`; raises `UnreachableError` where nothing answers, `RefusedError` for a refusal."""

    def __init__(self, config: Config, *, seconds: float = TIMEOUT_SECONDS) -> None:
        self._client = httpx.Client(
            base_url=config.url("oncall", "/api"),
            headers={"Authorization": f"Bearer {secrets.read(config, 'api-token')}"},
            timeout=seconds,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def incidents(self, state: str = "all") -> list[dict[str, Any]]:
        """The newest incidents: `open`, `closed` or `all`."""
        found: list[dict[str, Any]] = self._ask("GET", "/incidents", params={"state": state})["incidents"]
        return found

    def incident(self, name: str) -> dict[str, Any]:
        """One incident with all that is known of it."""
        return self._ask("GET", f"/incidents/{name}")

    def postmortem(self, name: str, language: str | None) -> dict[str, Any]:
        """The text of the post-mortem, where it is kept, and whether a person has changed it."""
        return self._ask("GET", f"/incidents/{name}/postmortem", params={"language": language} if language else {})

    def acknowledge(self, name: str, *, by: str) -> dict[str, Any]:
        return self._ask("POST", f"/incidents/{name}/ack", json={"by": by})

    def note(self, name: str, text: str, *, by: str) -> dict[str, Any]:
        return self._ask("POST", f"/incidents/{name}/note", json={"by": by, "text": text})

    def close(self, name: str, *, by: str) -> dict[str, Any]:
        return self._ask("POST", f"/incidents/{name}/close", json={"by": by})

    def approve(self, name: str, *, by: str) -> dict[str, Any]:
        return self._ask("POST", f"/incidents/{name}/approve", json={"by": by})

    def decline(self, name: str, *, by: str) -> dict[str, Any]:
        return self._ask("POST", f"/incidents/{name}/decline", json={"by": by})

    def plan(self, name: str) -> dict[str, Any]:
        """The dry run of the remedy ladder."""
        return self._ask("GET", f"/incidents/{name}/remedy")

    def begin_deploy(self, service: str, version: str | None, *, by: str) -> None:
        self._ask("POST", "/deploys", json={"by": by, "service": service, "version": version})

    def deploys(self, service: str, since: datetime) -> list[dict[str, Any]]:
        """Those of a service that were announced since a moment: `{at, version, by}`."""
        asked = self._ask("GET", f"/deploys/{service}", params={"since": since.isoformat()})
        found: list[dict[str, Any]] = asked["deploys"]
        return found

    def end_deploy(self, service: str) -> None:
        self._ask("DELETE", f"/deploys/{service}")

    def assign(self, name: str, to: str, *, by: str) -> dict[str, Any]:
        return self._ask("POST", f"/incidents/{name}/assign", json={"by": by, "to": to})

    def merge(self, name: str, into: str, *, by: str) -> dict[str, Any]:
        return self._ask("POST", f"/incidents/{name}/merge", json={"by": by, "into": into})

    def reopen(self, name: str, *, by: str) -> dict[str, Any]:
        return self._ask("POST", f"/incidents/{name}/reopen", json={"by": by})

    def statistics(self, days: int) -> dict[str, Any]:
        """MTTA, MTTR and recurring causes of the last days."""
        return self._ask("GET", "/statistics", params={"days": days})

    def maintenance(self) -> list[dict[str, Any]]:
        """The windows that are on or to come."""
        found: list[dict[str, Any]] = self._ask("GET", "/maintenance")["maintenance"]
        return found

    def announce(self, title: str, service: str | None, begins: datetime, ends: datetime, *, by: str) -> dict[str, Any]:
        moments = {"begins_at": begins.isoformat(), "ends_at": ends.isoformat()}
        return self._ask("POST", "/maintenance", json={"by": by, "title": title, "service": service, **moments})

    def end_maintenance(self, number: int, *, by: str) -> None:
        self._ask("POST", f"/maintenance/{number}/end", json={"by": by})

    def begin_drill(self, name: str, *, policy: Policy, seconds: float) -> None:
        """Announces a drill: incidents opened from now belong to it and are handled by its policy."""
        self._ask("POST", "/drill", json={"name": name, "policy": policy, "seconds": seconds})

    def end_drill(self) -> None:
        self._ask("DELETE", "/drill")

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        try:
            response = self._client.request(method, path, **more)
        except httpx.HTTPError as error:
            raise UnreachableError(
                said(
                    "on-call at {url} does not answer: {why}. `tix status` says whether it runs, `tix up` starts it.",
                    "值勤系統（{url}）沒有回應：{why}。`tix status` 可查看其是否執行，`tix up` 可將其啟動。",
                    url=self._client.base_url,
                    why=system(str(error) or type(error).__name__),
                )
            ) from error
        if response.is_error:
            raise RefusedError(_refusal(response))
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer


def _refusal(response: httpx.Response) -> str:
    """The words of a problem document (RFC 9457), else the status line."""
    try:
        problem = response.json()
    except ValueError:
        return f"on-call answered {response.status_code} {response.reason_phrase}"
    return str(problem.get("detail") or problem.get("title") or response.reason_phrase)
