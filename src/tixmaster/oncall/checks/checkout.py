"""Can a ticket be bought? A synthetic shopper orders on the hidden probe event and cancels: no trace in sales figures."""

from __future__ import annotations

import time
from typing import Annotated, Literal

import httpx

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.stack import secrets
from tixmaster.stack.said import Said, said, system, verbatim

PROBE_EMAIL = "probe@tixmaster.invalid"
Where = Literal["log in", "find the probe event", "order", "cancel"]
WHERE: dict[Where, str] = {
    "log in": "登入",
    "find the probe event": "尋找測試活動",
    "order": "下單",
    "cancel": "取消訂單",
}


class CheckoutParams(Params, frozen=True, kw_only=True):
    """It buys from a hidden event; sales figures and stock stay as they are."""

    service: Annotated[str, about("the ticketing backend to buy from")] = "backend"


class CheckoutValue(Value, frozen=True, kw_only=True):
    """How far it came."""

    step: Annotated[str, about("where it stopped: log in, find the probe event, order, cancel; else done")] = ""
    timed_out: Annotated[bool, about("whether that step gave no answer in time")] = False
    milliseconds: Annotated[int | None, about("how long all of it took")] = None


class _Refused(Exception):
    """A step of the purchase got an answer that is not a success."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"{response.status_code} {response.text[:200]}")


@check("checkout", CheckoutParams, CheckoutValue)
def checkout(params: CheckoutParams, scene: Scene) -> Finding:
    """Logs in, orders one ticket, cancels the order. `value.step` is where it stopped, `value.timed_out` how."""
    step: Where = "log in"
    started = time.monotonic()
    try:
        with httpx.Client(base_url=scene.config.url(params.service), timeout=scene.timeout / 2) as client:
            token = _answer(client.post("/api/users/login", json=_log_in(scene)))["token"]
            client.headers["Authorization"] = f"Bearer {token}"
            step = "find the probe event"
            probe = _answer(client.get("/api/probe"))
            step = "order"
            placed = _answer(client.post("/api/orders", json={**probe, "quantity": 1, "paymentMethod": "probe"}))
            step = "cancel"
            number = placed["order"]["order_number"]
            _answer(client.put(f"/api/orders/{number}/payment", json={"status": "cancelled"}))
    except httpx.TimeoutException:
        why = said("no answer within {seconds:g} s", "{seconds:g} 秒內沒有回應", seconds=scene.timeout / 2)
        return _stopped(step, why, timed_out=True)
    except httpx.TransportError as error:
        return _stopped(step, system(error), timed_out=False)
    except (ValueError, LookupError, TypeError):
        why = said("the answer is not what the box office gives", "回應並非售票系統應有的內容")
        return _stopped(step, why, timed_out=False)
    except _Refused as refusal:
        return _stopped(step, verbatim(str(refusal)), timed_out=False)
    milliseconds = round((time.monotonic() - started) * 1000)
    return Finding(
        status="ok",
        reason=said(
            "a test order was placed and cancelled in {milliseconds} ms",
            "測試訂單已建立並取消，耗時 {milliseconds} 毫秒",
            milliseconds=milliseconds,
        ),
        value=CheckoutValue(step="done", milliseconds=milliseconds).plain(),
    )


def _log_in(scene: Scene) -> dict[str, str]:
    return {"email": PROBE_EMAIL, "password": secrets.read(scene.config, "probe-password")}


def _answer(response: httpx.Response) -> dict[str, dict[str, str]]:
    if response.is_error:
        raise _Refused(response)
    body: dict[str, dict[str, str]] = response.json()
    return body


def _stopped(step: Where, why: Said, *, timed_out: bool) -> Finding:
    value = CheckoutValue(step=step, timed_out=timed_out)
    reason = said("test order: {step}: {why}", "測試訂單：{step}：{why}", step=Said(step, WHERE[step]), why=why)
    return Finding(status="failed", reason=reason, value=value.plain())
