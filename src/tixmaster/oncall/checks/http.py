"""Does it answer over HTTP, as expected, and how fast?"""

from __future__ import annotations

import time
from typing import Annotated, Literal

import httpx
from msgspec import Meta

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.stack.health import PATHS
from tixmaster.stack.monitoring import sli
from tixmaster.stack.said import Said, said, system

MOST_BYTES = 4 * 1024 * 1024
"""More of a body is not read."""
HttpStatus = Annotated[int, Meta(ge=100, le=599)]


class HttpParams(Params, frozen=True, kw_only=True):
    """Either `service` or `url` must be given. Without `status`, any answer below 400 is good."""

    service: Annotated[str | None, about("whose address in tixmaster.toml")] = None
    path: Annotated[str | None, about("what to ask it for; where it tells of its health unless given")] = None
    url: Annotated[str | None, about("an absolute address instead")] = None
    method: Literal["GET", "HEAD"] = "GET"
    status: Annotated[HttpStatus | None, about("the status code it must answer")] = None
    contains: Annotated[str | None, about("what the body must hold")] = None

    def __post_init__(self) -> None:
        if (self.service is None) == (self.url is None):
            raise ValueError("give either service or url")
        if self.url is not None and (self.path is not None or not self.url.startswith(("http://", "https://"))):
            raise ValueError("url is the whole address, from http:// or https:// on, without path beside it")
        if self.contains is not None and self.method == "HEAD":
            raise ValueError("an answer to HEAD has no body that could hold `contains`; write method: GET")


class HttpValue(Value, frozen=True, kw_only=True):
    """What came back."""

    answered: Annotated[bool, about("whether any answer came")] = False
    timed_out: Annotated[bool, about("whether the time limit passed before the answer was whole")] = False
    status_code: Annotated[int | None, about("its status code")] = None
    milliseconds: Annotated[int | None, about("how long the whole answer took")] = None
    bytes: Annotated[int | None, about("length of the body as far as it was read, at most 4 MiB")] = None
    found: Annotated[bool | None, about("whether the body holds `contains`")] = None


@check("http", HttpParams, HttpValue)
def http(params: HttpParams, scene: Scene) -> Finding:
    """Asks once over HTTP. `value.answered` tells a bad answer from none."""
    url = _address(params, scene)
    asked = f"{params.method} {url}"
    started = time.monotonic()
    try:
        # Within one system a proxy has no business; to an absolute address it may be the only way.
        with (
            httpx.Client(timeout=scene.timeout, trust_env=params.url is not None) as client,
            client.stream(params.method, url, headers=_headers(params, scene)) as answer,
        ):
            body = _body(answer, started + scene.timeout)
    except (httpx.TimeoutException, TimeoutError):
        value = HttpValue(timed_out=True)
        reason = said(
            "{asked}: no answer within {seconds:g} s",
            "{asked}：{seconds:g} 秒內沒有回應",
            asked=asked,
            seconds=scene.timeout,
        )
        return Finding(status="failed", reason=reason, value=value.plain())
    except httpx.InvalidURL as error:
        reason = said(
            "{asked}: this is no address: {error}", "{asked}：這不是有效的網址：{error}", asked=asked, error=error
        )
        return Finding(status="error", reason=reason, value=HttpValue().plain())
    except httpx.HTTPError as error:
        why = system(str(error) or type(error).__name__)
        reason = said("{asked}: {why}", "{asked}：{why}", asked=asked, why=why)
        return Finding(status="failed", reason=reason, value=HttpValue().plain())
    value = HttpValue(
        answered=True,
        status_code=answer.status_code,
        milliseconds=round((time.monotonic() - started) * 1000),
        bytes=len(body),
        found=None if params.contains is None else params.contains.encode() in body,
    )
    wrong = _wrong(params, value)
    reason = said(
        "{asked}: {code} in {milliseconds} ms",
        "{asked}：{code}，{milliseconds} 毫秒",
        asked=asked,
        code=value.status_code,
        milliseconds=value.milliseconds,
    )
    if wrong:
        reason = said("{answer}, but {wrong}", "{answer}，但{wrong}", answer=reason, wrong=wrong)
    return Finding(status="failed" if wrong else "ok", reason=reason, value=value.plain())


def _address(params: HttpParams, scene: Scene) -> str:
    if params.service is None:
        return params.url or ""
    path = params.path or scene.config.service(params.service).health or PATHS.get(params.service, "/health")
    return scene.config.url(params.service, path)


def _headers(params: HttpParams, scene: Scene) -> dict[str, str]:
    """The token for the metrics of our own services, which may run on another machine."""
    return sli.metrics_headers(scene.config, params.service) if params.service and params.path == "/metrics" else {}


def _body(answer: httpx.Response, deadline: float) -> bytes:
    """The body, or as much of it as matters; raises TimeoutError for one that drips past the deadline."""
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) >= MOST_BYTES:
            break
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(body[:MOST_BYTES])


def _wrong(params: HttpParams, value: HttpValue) -> Said | None:
    code = value.status_code or 0
    if params.status is not None and code != params.status:
        return said("{status} was expected", "預期為 {status}", status=params.status)
    if params.status is None and code >= 400:
        return said("that is no success", "並未成功")
    if value.found is not False:
        return None
    return said(
        "its {bytes} bytes do not hold {text!r}",
        "{bytes} 位元組的內容中沒有 {text!r}",
        bytes=value.bytes,
        text=params.contains,
    )
