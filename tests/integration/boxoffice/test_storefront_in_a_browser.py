"""The storefront in a real browser: from the event to the QR code, and with that code through the gate, once."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import pytest
from tests.browser import Browser, barriers, too_wide
from tests.integration.boxoffice.conftest import ADMIN_PASSWORD, BEGINS, EVENT, PASSWORD, Backend

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed")
Image = pytest.importorskip("PIL.Image")

BUYER, ORGANIZER = "buyer@example.org", "organizer@example.org"
CAMERA = """
window.BarcodeDetector = class {
    static async getSupportedFormats() { return ["qr_code"]; }
    async detect(video) { return video.videoWidth && window.held ? [{ rawValue: window.held }] : []; }
};
navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 64;
    const draw = () => { canvas.getContext("2d").fillRect(0, 0, 64, 64); requestAnimationFrame(draw); };
    draw();
    return canvas.captureStream(10);
};
"""
"""A phone's camera and its reader, which Chromium has on Android, ChromeOS and macOS only; `held` is before the camera."""


class Shop:
    """A box office with one event of an organiser's."""

    def __init__(self, backend: Backend, browser: Browser) -> None:
        self.address = f"http://127.0.0.1:{backend.port}"
        self._browser, self._api = browser, backend.client
        admin = self._signed_in("admin@tixmaster.invalid", ADMIN_PASSWORD)
        for email in (BUYER, ORGANIZER):
            self._api.post("/api/users/register", json={"email": email, "password": PASSWORD, "name": "Somebody"})
        users = self._api.get("/api/users/all", headers=admin).json()["users"]
        chosen = next(user["id"] for user in users if user["email"] == ORGANIZER)
        self._api.put(f"/api/users/{chosen}/role", json={"role": "organizer"}, headers=admin)
        runs = self._signed_in(ORGANIZER, PASSWORD)
        self.event = self._api.post("/api/events", json=EVENT, headers=runs).json()["event"]["id"]
        kind = {
            "ticketType": "Seat",
            "price": "25.00",
            "totalQuantity": 30,
            "maxPerOrder": 30,
            "maxPerBuyer": None,
        }
        self.ticket = self._api.post(f"/api/events/{self.event}/tickets", json=kind, headers=runs).json()["ticket"]
        self._api.post(f"/api/events/{self.event}/publish", headers=runs)

    def window(self, email: str, **options: Any) -> Page:
        """A window of somebody who has logged in."""
        window = self._browser.open(self.address, timezone_id="Asia/Taipei", **options)
        window.goto("/login")
        window.fill("[name=email]", email)
        window.fill("[name=password]", PASSWORD)
        window.click("main button")
        window.wait_for_url(f"{self.address}/")
        return window

    def sold(self, quantity: int) -> None:
        """Somebody else buys."""
        wish = {"eventId": self.event, "ticketId": self.ticket["id"], "quantity": quantity}
        bought = self._api.post("/api/orders", json=wish, headers=self._signed_in(BUYER, PASSWORD))
        assert bought.status_code == 201, bought.text

    def _signed_in(self, email: str, password: str) -> dict[str, str]:
        answer = self._api.post("/api/users/login", json={"email": email, "password": password})
        return {"Authorization": f"Bearer {answer.json()['token']}"}


@pytest.fixture
def shop(database_url: str, start_backend: Callable[..., Backend], browser: Browser) -> Shop:
    """A box office at work."""
    backend = start_backend(database_url)
    backend.wait_for(200, seconds=60)
    return Shop(backend, browser)


def bought(shop: Shop, window: Page, hold: str, pay: str) -> str:
    """Buys a ticket as a person does; the text that its picture on the screen holds."""
    window.goto(f"/events/{shop.event}")
    window.get_by_role("button", name=hold).click()
    expect(window.get_by_role("timer")).to_have_text(re.compile(r"\d:\d\d"))
    assert barriers(window) == []
    window.get_by_role("button", name=pay).click()
    window.locator(".ticket a").first.click()
    picture = window.locator(".code img")
    expect(picture).to_be_in_viewport(ratio=1)
    picture.evaluate("image => image.decode()")
    (read,) = zxingcpp.read_barcodes(Image.open(BytesIO(picture.screenshot())))
    return str(read.text)


def sound(window: Page) -> None:
    """A page that everybody can use at this width."""
    assert barriers(window) == []
    assert not too_wide(window), window.url


@pytest.mark.parametrize(
    ("language", "scheme", "words"),
    [
        ("en", "light", ("Hold these seats", "Pay now", "Check", "Let in", "Already used")),
        ("zh-TW", "dark", ("保留座位", "立即付款", "驗票", "可入場", "已使用過")),
    ],
)
def test_a_ticket_is_bought_shown_and_let_in_once(
    shop: Shop, language: Literal["en", "zh-TW"], scheme: Literal["light", "dark"], words: tuple[str, ...]
) -> None:
    """On phones, in both languages and themes; the second time the gate refuses, large and in words."""
    hold, pay, check, let_in, used = words
    buyer = shop.window(BUYER, language=language, scheme=scheme, phone=True)
    code = bought(shop, buyer, hold, pay)
    assert code.startswith("TM1.")
    sound(buyer)
    gate = shop.window(ORGANIZER, language=language, scheme=scheme, phone=True)
    gate.goto(f"/organizer/events/{shop.event}/gate")
    for verdict in (let_in, used):
        gate.fill("[name=code]", code)
        gate.get_by_role("button", name=check, exact=True).click()
        expect(gate.locator(".verdict")).to_contain_text(verdict)
        expect(gate.locator("[name=code]")).to_be_focused()
        sound(gate)


def test_the_camera_reads_a_ticket_once(shop: Shop) -> None:
    """Held before the camera it is let in, and not checked again while it stays there; a browser without a reader says so."""
    code = bought(shop, shop.window(BUYER, phone=True), "Hold these seats", "Pay now")
    gate = shop.window(ORGANIZER, phone=True)
    gate.goto(f"/organizer/events/{shop.event}/gate")
    expect(gate.get_by_role("button", name="camera")).to_be_hidden()
    expect(gate.get_by_text("This browser does not read codes")).to_be_visible()
    gate.add_init_script(CAMERA)
    gate.reload()
    gate.get_by_role("button", name="Read with the camera").click()
    with gate.expect_response(re.compile("/gate$")):
        gate.evaluate("code => { window.held = code; }", code)
    expect(gate.locator(".verdict")).to_contain_text("Let in")
    gate.evaluate("() => { window.held = 'TM1.other.ticket'; }")
    expect(gate.locator(".verdict")).to_contain_text("Not a ticket of ours")
    gate.get_by_role("button", name="Camera off").click()
    expect(gate.locator("video")).to_be_hidden()


def test_an_open_page_follows_the_stock(shop: Shop) -> None:
    """The words change where they stand; when all is sold the page offers to show how it is now."""
    window = shop.window(BUYER)
    window.clock.install()
    window.goto(f"/events/{shop.event}")
    left = window.locator("[data-left]")
    expect(left).to_have_text("Tickets available")
    shop.sold(10)
    shop.sold(5)
    window.clock.run_for(13_000)
    expect(left).to_have_text("Only 15 left")
    shop.sold(10)
    shop.sold(5)
    window.clock.run_for(13_000)
    again = window.get_by_role("link", name="This has changed")
    expect(again).to_be_visible()
    again.click()
    expect(window.get_by_text("Sold out")).to_be_visible()
    sound(window)


def test_an_organiser_s_pages_are_sound_on_a_phone(shop: Shop) -> None:
    """Nothing to push sideways and nothing that keeps anybody out; times on forms are those of the reader's zone."""
    bought(shop, shop.window(BUYER), "Hold these seats", "Pay now")
    window = shop.window(ORGANIZER, phone=True, language="zh-TW")
    event = f"/organizer/events/{shop.event}"
    for path in ("/organizer", event, f"{event}/orders", f"{event}/cancel", f"{event}/tickets/new", f"{event}/change"):
        window.goto(path)
        sound(window)
    expect(window.locator("[name=zone]")).to_have_value("Asia/Taipei")
    expect(window.locator("[name=date]")).to_have_value(EVENT["eventDate"][:16])
    window.locator("main button").click()
    window.wait_for_url(f"**{event}")
    expect(window.locator("time").first).to_have_attribute("datetime", BEGINS.isoformat())
