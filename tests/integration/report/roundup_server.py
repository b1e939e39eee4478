"""A real Roundup: a tracker of the classic kind on SQLite, and its own WSGI application (its server refuses root)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tixmaster.stack.ports import unused

from .servers import eventually

PASSWORD = "hush-hush"
SERVED = """
import sys
from wsgiref.simple_server import make_server
from roundup.cgi.wsgi_handler import RequestDispatcher
make_server("127.0.0.1", int(sys.argv[2]), RequestDispatcher(sys.argv[1])).serve_forever()
"""


@contextmanager
def roundup(folder: Path) -> Iterator[str]:
    """The address of a tracker with no issues."""
    home, port = folder / "tracker", unused(1)[0]
    url = f"http://127.0.0.1:{port}"
    admin = [sys.executable, "-m", "roundup.scripts.roundup_admin", "-i", str(home)]
    subprocess.run([*admin, "install", "classic", "sqlite"], check=True, capture_output=True, timeout=300)
    settings = home / "config.ini"
    text = settings.read_text()
    for key, value in (("web", f"{url}/"), ("domain", "example.org"), ("host", "127.0.0.1")):
        text = text.replace(f"#{key} = NO DEFAULT", f"{key} = {value}")
    settings.write_text(text.replace("default_rounds = 250000", "default_rounds = 1000"))  # every request logs in
    subprocess.run([*admin, "initialise", PASSWORD], check=True, capture_output=True, timeout=300)
    with (folder / "roundup.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVED, str(home), str(port)],
            stdout=log,
            stderr=log,
        )
    try:
        eventually(lambda: _answers(url))
        yield url
    finally:
        server.kill()
        server.wait(10)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/rest", headers={"X-Requested-With": "rest"}, trust_env=False).status_code == 403
    except httpx.HTTPError:
        return False
