"""What every server of the monitoring has in common, seen from outside over HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec

from tixmaster.stack.errors import StackError, UnreachableError
from tixmaster.stack.said import Said, said, system

TIME_LIMIT = 5.0
CONNECT_LIMIT = 2.0

T = TypeVar("T")


class QueryError(StackError):
    """The server answered and refused what was asked (a wrong expression, a wrong range)."""

    def __init__(self, message: Said) -> None:
        super().__init__(message)


class HttpServer:
    """A server that is asked over HTTP: readiness, reload, its own metrics, and errors that name address and cause."""

    name = ""

    def __init__(self, url: str, *, timeout: float = TIME_LIMIT, headers: Mapping[str, str] | None = None) -> None:
        """`headers` go with every request."""
        self.url = url.rstrip("/")
        self._client = httpx.Client(
            base_url=self.url,
            headers=headers,
            timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_LIMIT)),
            limits=httpx.Limits(max_keepalive_connections=0),  # no idle sockets: an asker may live for weeks
            trust_env=False,  # a proxy has no business between two services of one system
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives back the client's resources."""
        self._client.close()

    def ready(self) -> bool:
        """Whether the server says it is ready to serve; raises `UnreachableError` where nothing answers."""
        return self.send("GET", "/-/ready").status_code == httpx.codes.OK

    def reload(self) -> None:
        """Asks the server to read its configuration again; raises `QueryError` with its words when it refuses."""
        self.accepted(self.send("POST", "/-/reload"))

    def metrics(self) -> Iterator[tuple[str, Mapping[str, str], float]]:
        """The server's own metrics as (name, labels, value)."""
        from prometheus_client.parser import text_string_to_metric_families  # late: most callers never need it

        text = self.accepted(self.send("GET", "/metrics")).text
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                yield sample.name, sample.labels, float(sample.value)

    def metric(self, name: str, **labels: str) -> float | None:
        """The sum of one of the server's own metrics over the series that carry `labels`; None where there is none."""
        found = [
            value
            for metric, has, value in self.metrics()
            if metric == name and all(has.get(key) == wanted for key, wanted in labels.items())
        ]
        return sum(found) if found else None

    def send(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """One request; raises `UnreachableError` where no answer comes in time."""
        try:
            return self._client.request(method, path, **kwargs)
        except httpx.HTTPError as error:
            raise UnreachableError(
                said(
                    "{name} at {url} does not answer: {why}. Is it running? Look at `tix status`.",
                    "{name}（{url}）沒有回應：{why}。它是否執行中？請查看 `tix status`。",
                    name=self.name,
                    url=self.url,
                    why=system(str(error) or type(error).__name__),
                )
            ) from error

    def accepted(self, response: httpx.Response) -> httpx.Response:
        """The response if it is a 2xx; else raises `QueryError` with the server's reason."""
        if response.is_success:
            return response
        raise QueryError(
            said(
                "{name} at {url} refused with {code}: {why}",
                "{name}（{url}）以 {code} 拒絕：{why}",
                name=self.name,
                url=response.url,
                code=response.status_code,
                why=_reason(response),
            )
        )

    def decode(self, response: httpx.Response, wanted: type[T]) -> T:
        """The accepted response's JSON as `wanted`."""
        try:
            return msgspec.json.decode(self.accepted(response).content, type=wanted)
        except msgspec.DecodeError as error:
            raise QueryError(
                said(
                    "{name} at {url} gave an answer of another shape: {why}",
                    "{name}（{url}）的回應格式不符：{why}",
                    name=self.name,
                    url=response.url,
                    why=error,
                )
            ) from error


def _reason(response: httpx.Response) -> str:
    """The server's own words for a refusal: the `error` or `detail` of a JSON answer, else the first 600 letters."""
    with contextlib.suppress(msgspec.DecodeError, msgspec.ValidationError):
        said = msgspec.json.decode(response.content, type=dict[str, Any])
        return str(said.get("error") or said.get("detail") or response.reason_phrase)
    return response.text.strip()[:600] or response.reason_phrase
