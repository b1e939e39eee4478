"""Orders and payments fail while visitors keep coming."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tixmaster.drills.crowd import at_pace
from tixmaster.drills.drill import Drill
from tixmaster.drills.request import fault_on_request
from tixmaster.drills.scene import Scene, has_baseline


@contextmanager
def _provider_away(scene: Scene) -> Iterator[None]:
    """Everybody wants to pay, and nobody can."""
    with at_pace(replace(scene.traffic.pace, paying=1.0))(scene), fault_on_request("payment-provider")(scene):
        yield


LOW_ORDER_VOLUME = Drill(
    name="low-order-volume",
    title="order requests hang while visitors keep coming",
    title_zh="訪客持續進入，但訂單請求停住不回應",
    cause="order-api-hangs",
    event=fault_on_request("timeout?route=orders"),
    needs_fault_endpoints=True,
    remedy="restart backend",
    ready=has_baseline,
)
PAYMENT_PROVIDER = Drill(
    name="payment-provider",
    title="the payment provider refuses connections",
    title_zh="金流服務拒絕連線",
    cause="payment-provider-fails",
    event=_provider_away,
    needs_fault_endpoints=True,
)
DEPENDENCY = Drill(
    name="dependency",
    title="a service that the backend calls refuses connections",
    title_zh="後端呼叫的服務拒絕連線",
    cause="dependency-fails",
    event=fault_on_request("http-dependency"),
    needs_fault_endpoints=True,
)
NAMES = Drill(
    name="names",
    title="the name of a service that the backend calls is no longer found",
    title_zh="後端所呼叫服務的名稱無法解析",
    cause="names-do-not-resolve",
    event=fault_on_request("dns-failure"),
    needs_fault_endpoints=True,
)
