"""Orders and payments fail while visitors keep coming."""

from __future__ import annotations

from tixmaster.drills.drill import Drill
from tixmaster.drills.request import fault_on_request
from tixmaster.drills.scene import has_baseline

LOW_ORDER_VOLUME = Drill(
    name="low-order-volume",
    title="order requests hang while visitors keep coming",
    cause="order-api-hangs",
    event=fault_on_request("timeout?route=orders"),
    remedy="restart backend",
    ready=has_baseline,
)
PAYMENT_PROVIDER = Drill(
    name="payment-provider",
    title="the payment provider refuses connections",
    cause="payment-provider-fails",
    event=fault_on_request("payment-provider"),
)
DEPENDENCY = Drill(
    name="dependency",
    title="a service that the backend calls refuses connections",
    cause="dependency-fails",
    event=fault_on_request("http-dependency"),
)
NAMES = Drill(
    name="names",
    title="the name of a service that the backend calls is no longer found",
    cause="names-do-not-resolve",
    event=fault_on_request("dns-failure"),
)
