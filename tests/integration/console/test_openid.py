"""Signing in through a real OpenID provider, which runs as a process of its own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from tests.browser import Browser, barriers
from tests.conftest import make_config
from tests.npm import installed, modules

from tixmaster.console import accounts
from tixmaster.console.accounts.manage import Who, end
from tixmaster.console.openid.errors import OpenIdError
from tixmaster.console.openid.provider import Provider
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.store import audit
from tixmaster.stack import ports, secrets
from tixmaster.stack.config import Config
from tixmaster.stack.config.openid import OpenId, Roles

from .conftest import PASSWORD, served

VERSION = "9.13.3"
CLIENT, SECRET = "tixmaster", "a secret that only the two of us know"
START_SECONDS = 120.0
ROLES = Roles(administrator=("leads",), responder=("sre",), viewer=("everybody",))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """An installation that knows a provider."""
    made = make_config(tmp_path)
    (tmp_path / "openid-secret").write_text(SECRET + "\n", encoding="utf-8")
    told = OpenId(
        issuer=f"http://127.0.0.1:{ports.unused(1)[0]}",
        client_id=CLIENT,
        client_secret_file=Path("openid-secret"),
        title="Example ID",
        roles=ROLES,
    )
    return msgspec.structs.replace(made, oncall=msgspec.structs.replace(made.oncall, openid=told))


@contextmanager
def provider(config: Config) -> Iterator[str]:
    """The provider, answering, with keys of its own; its issuer."""
    assert config.oncall.openid
    issuer = config.oncall.openid.issuer
    script = Path(__file__).with_name("provider.mjs")
    folder = modules("oidc-provider", VERSION)
    callback = config.link("oncall", "/login/openid/callback")
    command = [installed("node"), str(script), str(folder), issuer.rsplit(":", 1)[1], CLIENT, SECRET, callback]
    with (config.root / "provider.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(issuer):
            assert process.poll() is None, (config.root / "provider.log").read_text()
            assert time.monotonic() < deadline, "the provider does not answer"
        yield issuer
    finally:
        process.kill()
        process.wait()


def _answers(issuer: str) -> bool:
    try:
        return httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=2).is_success
    except httpx.HTTPError:
        time.sleep(0.1)
        return False


@pytest.fixture
def issuer(config: Config) -> Iterator[str]:
    """A provider that is there."""
    with provider(config) as found:
        yield found


@pytest.fixture
def console(oncall: Oncall) -> Iterator[httpx.Client]:
    """A browser without scripts that goes where it is sent, at the console and at the provider."""
    with served(oncall) as address, httpx.Client(base_url=address, follow_redirects=True, timeout=60) as client:
        client.headers["Accept-Language"] = "en"
        yield client


def person(issuer: str, name: str, *groups: str, sub: str | None = None) -> None:
    """Who is at the provider's keyboard."""
    said = {"sub": sub or f"subject of {name}", "name": name, "groups": groups}
    httpx.post(f"{issuer}/test/person", json=said).raise_for_status()


def fault(issuer: str, **what: Any) -> None:
    httpx.post(f"{issuer}/test/fault", json=what).raise_for_status()


def sign_in(console: httpx.Client, after: str = "/incidents") -> httpx.Response:
    """Where the browser ends up, in a session of its own at the provider."""
    console.cookies.clear()
    return console.get("/login/openid", params={"next": after})


def test_somebody_signs_in_and_out_with_the_role_of_their_groups(
    console: httpx.Client, issuer: str, oncall: Oncall
) -> None:
    """The account is made at the first log-in and follows the groups at the next; the page that was asked for comes after."""
    person(issuer, "alice", "sre", "others")
    landed = sign_in(console, "/incidents?state=closed")
    assert landed.url.path == "/incidents"
    found = accounts.find(oncall.desk, "alice")
    assert found is not None
    assert found.role == "responder"
    assert accounts.verify(oncall.desk, "alice", "") is None
    person(issuer, "alice", "leads", "everybody")
    sign_in(console)
    again = accounts.find(oncall.desk, "alice")
    assert again is not None
    assert again.role == "administrator"
    with oncall.desk.database.read() as connection:
        acts = [(row["act"], row["by"]) for row in audit.newest(connection, 10)]
    assert ("role-changed", "OpenID Connect") in acts
    assert ("signed-in", "alice") in acts


def test_names_join_nobody(console: httpx.Client, issuer: str, oncall: Oncall) -> None:
    """Whoever calls themselves admin at the provider is not ours, and a known person keeps the account under another name."""
    person(issuer, "admin", "leads")
    refused = sign_in(console)
    assert refused.status_code == 409
    assert "Another account has your name here" in refused.text
    person(issuer, "bob", "sre", sub="7")
    sign_in(console)
    person(issuer, "robert", "sre", sub="7")
    assert sign_in(console).url.path == "/incidents"
    assert accounts.find(oncall.desk, "robert") is None


def test_who_has_no_role_or_was_ended_stays_outside(console: httpx.Client, issuer: str, oncall: Oncall) -> None:
    """The page says which of the two it is."""
    person(issuer, "carol", "strangers")
    refused = sign_in(console)
    assert refused.status_code == 403
    assert "none of your groups has a role here" in refused.text
    person(issuer, "carol", "sre")
    sign_in(console)
    end(oncall.desk, "carol", who=Who(name="admin"))
    refused = sign_in(console)
    assert refused.status_code == 403
    assert "has been ended" in refused.text
    assert console.get("/incidents").url.path == "/login"


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"claims": {"iss": "http://127.0.0.1:1"}}, "does not hold"),
        ({"claims": {"aud": "somebody-else"}}, "does not hold"),
        ({"claims": {"nonce": "of another log-in"}}, "does not hold"),
        ({"claims": {"azp": "somebody-else"}}, "does not hold"),
        ({"claims": {"exp": 1_000_000_000}}, "has expired"),
        ({"header": {"kid": "unknown"}}, "does not hold"),
        ({"header": {"alg": "none"}}, "does not hold"),
        ({"header": {"alg": "HS256"}, "shared": True}, "does not hold"),
    ],
)
def test_a_token_that_does_not_hold_lets_nobody_in(
    console: httpx.Client, issuer: str, what: dict[str, Any], words: str
) -> None:
    """Issuer, audience, nonce, party, time, key and the kind of signature; the local log-in is offered on the same page."""
    person(issuer, "alice", "sre")
    fault(issuer, **what)
    refused = sign_in(console)
    assert refused.status_code == 401
    assert words in refused.text
    assert 'name="password"' in refused.text
    assert console.get("/incidents").url.path == "/login"
    fault(issuer)
    assert sign_in(console).url.path == "/incidents"


def test_an_answer_is_good_for_one_browser_once(console: httpx.Client, issuer: str) -> None:
    """Replayed, of another browser, or with another state: refused in words."""
    person(issuer, "alice", "sre")
    landed = sign_in(console)
    answer = next(step.url for step in landed.history if step.url.path.endswith("/callback"))
    begun = next(step for step in landed.history if step.url.path == "/login/openid")
    kept = begun.cookies["openid"]
    for cookie in (f"openid={kept}", "openid=forged", ""):
        console.cookies.clear()
        replayed = console.get(answer, headers={"Cookie": cookie})
        assert replayed.status_code == 400
        assert "was used before" in replayed.text
        assert console.get("/incidents").url.path == "/login"


def test_keys_are_rotated_under_us(console: httpx.Client, config: Config) -> None:
    """A provider that came back with new keys is believed without a restart of on-call."""
    for _ in range(2):
        with provider(config) as issuer:
            person(issuer, "alice", "sre")
            assert sign_in(console).url.path == "/incidents"


def test_a_provider_that_is_away_leaves_the_local_log_in(console: httpx.Client, oncall: Oncall) -> None:
    """The page says so, and the administrator's password opens the console: for the night on which both are down."""
    refused = sign_in(console)
    assert refused.status_code == 503
    assert "does not answer" in refused.text
    token = refused.text.split('name="_csrf_token" value="')[1].split('"')[0]
    form = {"_csrf_token": token, "name": "admin", "password": secrets.read(oncall.desk.config, "console-password")}
    assert console.post("/login", data=form).url.path == "/"


def test_a_provider_that_calls_itself_otherwise_is_not_believed(config: Config, issuer: str) -> None:
    """The issuer must be exactly what tixmaster.toml says."""
    assert config.oncall.openid
    told = msgspec.structs.replace(config.oncall.openid, issuer=issuer.replace("127.0.0.1", "localhost"))
    with pytest.raises(OpenIdError, match="provider-odd: it calls itself"):
        Provider(config, told).discover()


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_in_a_browser(issuer: str, oncall: Oncall, browser: Browser, language: Any) -> None:
    """The policy lets the browser go to the provider and come back; out again, it offers the way out there, too."""
    person(issuer, "alice", "sre")
    accounts.add(oncall.desk, "local", PASSWORD, "viewer")
    with served(oncall) as address:
        page = browser.open(address, language=language)
        page.goto("/incidents")
        page.locator("a[href^='/login/openid']").click()
        page.wait_for_url("**/incidents")
        assert page.locator(".who").inner_text() == "alice"
        page.locator("form[action='/logout'] button").click()
        page.wait_for_url("**/login?left=true")
        assert barriers(page) == []
        assert page.locator("a[href='/login/openid/leave']").is_visible()
        page.context.close()
