"""Asking a tracker over HTTP, and telling answers after which another attempt can succeed from those that are final."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.evidence.redact import redact
from tixmaster.stack.said import Said, said, system

TIMEOUT_SECONDS = 10.0
LONGEST_WORDS = 300
LONGEST_WAIT_SECONDS = 3600.0
PASSING = (408, 425, 429)
MENDABLE = {
    401: Said(
        "The token is wrong or has run out: write a good one into token_file",
        "權杖錯誤或已過期：請於 token_file 寫入有效的權杖",
    ),
    403: Said(
        "The token may not do that: give it the right to write issues in the project",
        "權杖權限不足：請授予在專案中寫入議題的權限",
    ),
    404: Said(
        "There is no such project, or the token may not see it: mend url and project",
        "沒有此專案，或權杖無權查看：請修正 url 與 project",
    ),
}
"""A person can mend these without on-call knowing, so the message waits."""


class Client:
    """An HTTP client that speaks JSON and raises `DeliveryError`."""

    def __init__(self, name: str, base: str, headers: Mapping[str, str], auth: tuple[str, str] | None = None) -> None:
        self._name = name
        self._http = httpx.Client(
            base_url=base.rstrip("/"),
            headers={"Accept": "application/json", "User-Agent": "TixMaster", **headers},
            auth=auth,
            timeout=TIMEOUT_SECONDS,
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **query: str | int) -> Any:
        return self.ask("GET", path, params=query)

    def post(self, path: str, **more: Any) -> Any:
        return self.ask("POST", path, **more)

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """The answer's JSON; None where it has no content."""
        try:
            response = self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            silent = said(
                "{name} at {url} does not answer: {why}",
                "{name}（{url}）沒有回應：{why}",
                name=self._name,
                url=self._http.base_url,
                why=system(str(error) or type(error).__name__),
            )
            raise DeliveryError(silent, retry=True) from error
        if not response.is_success:
            raise self._refusal(response, f"{method} {path}")
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise DeliveryError(
                said(
                    "{name} answered {method} {path} with something that is no JSON. Is `url` under [oncall.tracker] the "
                    "address of the tracker itself?",
                    "{name} 對 {method} {path} 的回應並非 JSON。[oncall.tracker] 的 `url` 是否為追蹤系統本身的網址？",
                    name=self._name,
                    method=method,
                    path=path,
                ),
                retry=True,
            ) from error

    def _refusal(self, response: httpx.Response, what: str) -> DeliveryError:
        status = response.status_code
        words = redact(" ".join(response.text.split()))[:LONGEST_WORDS]
        answered = said(
            "{name} answered {what} with {status}: {words}",
            "{name} 對 {what} 回應 {status}：{words}",
            name=self._name,
            what=what,
            status=f"{status} {response.reason_phrase}",
            words=words,
        )
        wait = _seconds_to_wait(response)
        if status in PASSING or status >= 500 or wait:
            return DeliveryError(answered, retry=True, after_seconds=wait)
        if status in MENDABLE:
            mend = said(
                "{answered}. {advice} (`tix tracker test`).",
                "{answered}。{advice}（`tix tracker test`）。",
                answered=answered,
                advice=MENDABLE[status],
            )
            return DeliveryError(mend, retry=True)
        return DeliveryError(answered, retry=False)


def _seconds_to_wait(response: httpx.Response) -> float:
    """How long the tracker asks us to wait: `Retry-After`, also where GitHub says it with a 403; 0 for not at all."""
    header = response.headers.get("retry-after", "")
    if header.isdecimal():
        return min(float(header), LONGEST_WAIT_SECONDS)
    return 60.0 if response.headers.get("x-ratelimit-remaining") == "0" else 0.0


def expect(answer: Any, *path: str | int) -> Any:
    """What stands at that place of an answer; raises `DeliveryError` where the answer has another shape."""
    found = answer
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError) as error:
            place = ".".join(str(item) for item in path)
            raise DeliveryError(
                said(
                    "the tracker's answer has no {place}. Is `kind` under [oncall.tracker] the right one?",
                    "追蹤系統的回應沒有 {place}。[oncall.tracker] 的 `kind` 是否正確？",
                    place=place,
                ),
                retry=True,
            ) from error
    return found
