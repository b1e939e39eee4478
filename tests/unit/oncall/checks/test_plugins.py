"""Checks of third parties: the shown example, really installed; and packages that are broken in every way."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.looking import Look

from tixmaster.oncall import checks
from tixmaster.oncall.checks import describe, plugins, registry
from tixmaster.oncall.sop.library import load
from tixmaster.stack.config import SERVICE_NAMES

EXAMPLE = ROOT / "examples" / "check-redis-queue"
ASK = """
import socket, sys, threading
from datetime import UTC, datetime
from pathlib import Path
from tixmaster.oncall import checks
from tixmaster.oncall.checks import describe, plugins, within
from tixmaster.stack import config
server = socket.create_server(("127.0.0.1", 0))
def answer():
    one, _ = server.accept()
    assert one.recv(99) == b"*2\\r\\n$4\\r\\nLLEN\\r\\n$5\\r\\nmails\\r\\n"
    one.sendall(b":7\\r\\n")
threading.Thread(target=answer, daemon=True).start()
file = Path(sys.argv[1])
file.write_text(f"[services.redis]\\nport = {server.getsockname()[1]}\\n")
now = datetime.now(UTC)
scene = checks.Scene(config=config.load(file), service="redis", started_at=now, now=now, timeout=2)
print(plugins.problems(), checks.registered()["redis-queue"].plugin)
print(within.limits(checks.registered()["redis-queue"], {"queue": "mails", "length_below": 5}, scene))
print(describe.signature("redis-queue"))
"""


def test_the_example_is_installed_and_carried_out(tmp_path: Path) -> None:
    """By pip into a folder of its own, found through its entry point, against a server that speaks Redis's protocol."""
    place = tmp_path / "site"
    build = ["install", "-q", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", *build, "--target", str(place), str(EXAMPLE)], check=True, timeout=60)
    command = [sys.executable, "-c", ASK, str(tmp_path / "tixmaster.toml")]
    paths = f"{place}:{ROOT / 'src'}"
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={"PYTHONPATH": paths})
    assert done.stderr == ""
    loaded, found, signature = done.stdout.splitlines()
    assert loaded == "() check-redis-queue 0.1.0"
    assert found == "Finding(status='failed', reason='7 jobs wait in mails', value={'length': 7})"
    assert signature == "redis-queue takes service (text), queue (text), length_below (whole number)"


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the module path; what is registered meanwhile is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_registry", dict(registry._registry))
    yield tmp_path
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


def point(folder: Path, name: str, module: str, text: str) -> EntryPoint:
    (folder / f"{module}.py").write_text("from tixmaster.oncall.checks import *\n" + text)
    return EntryPoint(name=name, value=f"{module}:look", group=plugins.GROUP)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import a_package_that_is_missing", "ModuleNotFoundError: No module named"),
        ("def look(:", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("look = 5", "registered no check 'depth'; the entry point must be called like the check"),
        ('@check("other", Params)\ndef look(p, s): ...', "registered no check 'depth'"),
    ],
)
def test_a_broken_package_is_named_at_the_step_that_uses_it(modules: Path, look: Look, text: str, why: str) -> None:
    """Nothing else is lost: the document stays in force, the run goes on."""
    problem = plugins.load(point(modules, "depth", "broken_depth", text))
    assert problem is not None
    assert why in str(problem)
    found = look("depth", queue="mails")
    assert found.status == "error"
    assert "the check 'depth' of the package" in found.reason
    assert "other" not in registry.known()


def test_a_manual_that_uses_a_broken_package_stays_in_force(modules: Path) -> None:
    """Its step will say what is wrong; on-call starts and serves every other alert."""
    plugins.load(point(modules, "depth", "broken_for_all", "import a_package_that_is_missing"))
    manual = shutil.copytree(ROOT / "sop", modules / "sop")
    logs = manual / "procedures" / "logs.md"
    step = '```step\nid: depth\ntitle: {en: "Queue", zh-TW: "佇列"}\ncheck: depth\nwith: {queue: mails}\n```\n'
    logs.write_text(logs.read_text(encoding="utf-8") + f"\n{step}", encoding="utf-8")
    steps = load(manual, SERVICE_NAMES).runbooks["HighErrorRate"].steps
    assert "depth" in [item.check for item in steps]


def test_a_name_that_is_taken_is_refused(modules: Path) -> None:
    """Ours stay what they are, and so does what came first."""
    before = registry.known()["http"]
    ours = plugins.load(point(modules, "http", "another_http", '@check("http", Params)\ndef look(p, s): ...'))
    assert "'http' belongs to a check of TixMaster itself" in str(ours)
    assert registry.known()["http"] is before
    text = '@check("depth", Params)\ndef look(p, s): ...'
    assert plugins.load(point(modules, "depth", "first_depth", text)) is None
    assert "belongs to a check of" in str(plugins.load(point(modules, "depth", "second_depth", text)))


def test_the_page_of_the_checks_is_up_to_date() -> None:
    """`python -m tixmaster.oncall.checks.describe > docs/checks.md` writes it anew."""
    assert (ROOT / "docs" / "checks.md").read_text(encoding="utf-8") == describe.page()


def test_every_check_says_what_it_does_and_gives_names() -> None:
    """The documentation is made of that, and every name has a default."""
    for row in describe.describe():
        assert row.summary.endswith(".")
        assert row.value
        assert len(checks.registered()[row.name].value().plain()) == len(row.value)


def test_a_misspelt_check_is_recognised() -> None:
    """The message says which was meant."""
    assert describe.unknown("postgre").startswith("there is no check 'postgre'; did you mean 'postgres'? there are")
    assert describe.value_names("tcp") == {"address", "open", "error"}
    assert describe.signature("tcp") == "tcp takes service (text), tries (whole number ≥ 1 ≤ 10)"
