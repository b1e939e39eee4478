"""The test shopper: buys a ticket of the hidden event once a minute; at night nothing else tells that sales work."""

from __future__ import annotations

import threading

import structlog

from tixmaster.oncall.checks.checkout import CheckoutParams, checkout
from tixmaster.oncall.checks.registry import Scene
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.metrics import OncallMetrics
from tixmaster.stack import secrets
from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring import series, sli

log = structlog.get_logger(__name__)

TIMEOUT = 4.0
JOIN_SECONDS = 10.0


class Shopper:
    """A thread that makes one purchase every `[oncall] checkout_seconds`, and counts how it went. None at 0."""

    def __init__(self, desk: Desk, metrics: OncallMetrics) -> None:
        self._desk, self._metrics = desk, metrics
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._shop, name="shopper", daemon=True)

    def start(self) -> None:
        """Begins after one interval: what was just started with us may still be on its way."""
        if self._desk.config.oncall.checkout_seconds and self._is_ours() and self._knows_its_password():
            self._thread.start()

    def stop(self) -> None:
        """Ends after the purchase that is under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)

    def rests(self) -> bool:
        """Whether a downtime is planned for now: failed purchases would wake somebody for it."""
        return bool(self._desk.config.planned("downtime", self._desk.now()))

    def buy(self) -> bool:
        """One purchase; whether all of it went well."""
        now = self._desk.now()
        scene = Scene(config=self._desk.config, service="backend", started_at=now, now=now, timeout=TIMEOUT)
        finding = checkout(CheckoutParams(), scene)
        well = finding.status == "ok"
        self._metrics.checkouts["ok" if well else "failed"].inc()
        if not well:
            log.warning("checkout-failed", reason=finding.reason)
        return well

    def _shop(self) -> None:
        while not self._stop.wait(self._desk.config.oncall.checkout_seconds):
            try:
                if self._desk.leads() and not self.rests():
                    self.buy()
            except Exception:  # the next one tries again
                log.exception("checkout-broken")

    def _is_ours(self) -> bool:
        """A backend of another kind has no hidden event; an order there would be a real one."""
        return sli.exporters(self._desk.config)[series.SERVICE].kind == "tixmaster"

    def _knows_its_password(self) -> bool:
        """Only our own box office has a test shopper; where there is none, `tix up` never made its password."""
        try:
            secrets.read(self._desk.config, "probe-password")
        except StackError:
            log.info("no-test-shopper", reason="there is no probe-password")
            return False
        return True
