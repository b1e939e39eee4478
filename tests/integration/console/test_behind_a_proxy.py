"""The console behind a real nginx that speaks TLS, and beside it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import which

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tixmaster.console import accounts, live
from tixmaster.console.throttle import ACCOUNT_FROM_ADDRESS
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.store import audit
from tixmaster.stack import ports
from tixmaster.stack.config import Config

from .conftest import PASSWORD, served

PROXY = "127.0.0.2"
"""Where nginx calls from: trusted, unlike the programs of this machine, which call from 127.0.0.1."""
START_SECONDS = 60.0
CONFIGURATION = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
    location / {{
      proxy_pass {console}; proxy_bind {proxy}; proxy_http_version 1.1; proxy_buffering off;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}
"""


@pytest.fixture
def config(config: Config) -> Config:
    """nginx is trusted."""
    return msgspec.structs.replace(config, oncall=msgspec.structs.replace(config.oncall, trusted_proxies=(PROXY,)))


@pytest.fixture
def console(oncall: Oncall, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the console itself listens; somebody may act there."""
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.2)
    accounts.add(oncall.desk, "mei", PASSWORD, "responder")
    with served(oncall) as address:
        yield address


@pytest.fixture
def secure(console: str, tmp_path: Path) -> Iterator[httpx.Client]:
    """A browser at nginx."""
    nginx = which("nginx") or which("nginx", path="/usr/sbin")
    assert nginx, "nginx is not installed (`apt-get install nginx-light`)"
    folder, (port,) = tmp_path / "nginx", ports.unused(1)
    folder.mkdir()
    make_certificate(folder)
    text = CONFIGURATION.format(folder=folder, port=port, console=console, proxy=PROXY)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    process = subprocess.Popen([nginx, "-p", str(folder), "-e", "error.log", "-c", "nginx.conf"])
    context = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
    try:
        with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=context, timeout=60) as client:
            client.headers["Accept-Language"] = "en"
            deadline = time.monotonic() + START_SECONDS
            while not answers(client):
                assert process.poll() is None, (folder / "error.log").read_text()
                assert time.monotonic() < deadline, "nginx does not answer"
            yield client
    finally:
        process.terminate()
        process.wait(20)


def make_certificate(folder: Path) -> None:
    """A certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    kept = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(kept)


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").is_success
    except httpx.TransportError:
        time.sleep(0.1)
        return False


def form(client: httpx.Client, **fields: str) -> dict[str, str]:
    """A form's fields with the token of the page."""
    return {"_csrf_token": client.get("/login").text.split('name="_csrf_token" value="')[1].split('"')[0], **fields}


def sign_in(client: httpx.Client, password: str = PASSWORD, **headers: str) -> httpx.Response:
    return client.post("/login", data=form(client, name="mei", password=password), headers=headers)


def test_over_https_every_cookie_is_secure_and_a_log_out_ends_every_copy(
    secure: httpx.Client, console: str, oncall: Oncall
) -> None:
    """Sessions, devices, forms and the language; a year of HTTPS only; an open page hears no more."""
    cookies = secure.get("/login").headers.get_list("set-cookie")
    entered = sign_in(secure, **{"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http"})
    assert entered.status_code == 303
    cookies += entered.headers.get_list("set-cookie")
    chosen = secure.post("/language", data=form(secure, language="en"))
    cookies += chosen.headers.get_list("set-cookie")
    assert {cookie.partition("=")[0].partition("-")[0] for cookie in cookies} == {
        "csrf",
        "session",
        "device",
        "language",
    }
    assert all("; Secure" in cookie for cookie in cookies)
    for path in ("/", "/nowhere", "/static/console.css", "/api/incidents"):
        assert secure.get(path).headers["strict-transport-security"] == "max-age=31536000", path
    with oncall.desk.database.read() as connection:
        assert audit.newest(connection, 1)[0]["address"] == "127.0.0.1"  # who called nginx, not what they wrote
    copy = {"Cookie": f"session={secure.cookies['session']}"}
    assert httpx.get(f"{console}/incidents", headers=copy).status_code == 200
    with httpx.stream("GET", f"{console}/live", headers=copy, timeout=60) as stream:
        lines = stream.iter_lines()
        next(lines)
        left = secure.post("/logout", data=form(secure))
        assert left.headers["location"] == "/login?left=true"
        assert "; Secure" in left.headers["set-cookie"]
        for _ in lines:  # ends
            pass
    assert httpx.get(f"{console}/incidents", headers=copy).headers["location"].startswith("/login")


def test_plain_http_on_this_machine_works_and_cannot_claim_to_be_https(console: str) -> None:
    """Nobody of ours vouches for the header: no cookie is made for HTTPS only, and no browser is told to insist on it."""
    spoofed = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "6.6.6.6"}
    with httpx.Client(base_url=console, headers=spoofed, timeout=60) as client:
        entered = sign_in(client)
        assert entered.status_code == 303
        assert "secure" not in entered.headers["set-cookie"].lower()
        page = client.get("/incidents")
        assert page.status_code == 200
        assert "strict-transport-security" not in page.headers


def test_parallel_guesses_pass_five_and_the_known_device_still_gets_in(console: str, oncall: Oncall) -> None:
    """Forty at once for one account; names that do not exist are held up likewise, forged links count apart, and whoever has
    signed in from this browser before signs in again."""
    with (
        httpx.Client(base_url=console, timeout=120) as known,
        httpx.Client(base_url=console, timeout=120) as stranger,
        ThreadPoolExecutor(40) as crowd,
    ):
        assert sign_in(known).status_code == 303
        for name in ("mei", "nobody"):
            guess = form(stranger, name=name, password="guess guess guess")
            found = list(crowd.map(lambda _, sent=guess: stranger.post("/login", data=sent).status_code, range(40)))
            assert sorted(set(found)) == [401, 429]
            assert found.count(401) == ACCOUNT_FROM_ADDRESS.free
        assert sign_in(stranger).status_code == 429
        assert int(sign_in(stranger).headers["retry-after"]) <= ACCOUNT_FROM_ADDRESS.first
        assert stranger.get("/act/forged").status_code == 404
        assert sign_in(known).status_code == 303
        with oncall.desk.database.read() as connection:
            refused = [row for row in audit.newest(connection, 100) if row["act"] == "sign-in-refused"]
        assert len(refused) == 2 * ACCOUNT_FROM_ADDRESS.free
