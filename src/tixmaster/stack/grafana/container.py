"""Our Grafana container: made by `tix up` where an engine answers and has the image, removed by `tix down`.

Nothing else needs Grafana, so what keeps it from running is told, never raised. All its data is in `var/grafana`;
the container itself holds nothing and is replaced whenever its settings change.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tixmaster.stack import health, ports, secrets, system_user
from tixmaster.stack.config import Config
from tixmaster.stack.grafana import engine as engines
from tixmaster.stack.grafana import provisioning
from tixmaster.stack.grafana.engine import Engine, EngineError

IMAGE = "docker.io/grafana/grafana:12.4.5"
NAME = "tixmaster-grafana"
OWNER, SETTINGS = "tixmaster.state", "tixmaster.settings"
"""Labels: the state folder it belongs to, and a digest of everything it was made with."""
MEMORY = "512m"
STOP_SECONDS, HEALTHY_SECONDS, POLL_SECONDS = 10, 30.0, 0.2
PASSWORD = "/run/secrets/grafana-password"  # noqa: S105 - the place of it

PRIVATE = {
    "GF_AUTH_ANONYMOUS_ENABLED": "false",
    "GF_USERS_ALLOW_SIGN_UP": "false",
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_ANALYTICS_FEEDBACK_LINKS_ENABLED": "false",
    "GF_NEWS_NEWS_FEED_ENABLED": "false",
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
    "GF_SECURITY_DISABLE_GRAVATAR": "true",
    "GF_SNAPSHOTS_EXTERNAL_ENABLED": "false",
}
"""Whoever looks has logged in, and nothing is fetched from or sent to the world."""


def start(config: Config) -> str | None:
    """Makes the container run, not waiting for its health; returns why it does not, None where it does."""
    if (engine := engines.find()) is None:
        return "no container engine answers (docker or podman)"
    try:
        return _start(config, engine)
    except EngineError as error:
        return str(error)


def await_health(config: Config) -> str | None:
    """Waits until Grafana answers; returns why it does not, None where it does."""
    deadline = time.monotonic() + HEALTHY_SECONDS
    while not (found := health.probe(config, "grafana")).healthy:
        engine = engines.find()
        running = engine is not None and _runs(engine.inspect("container", NAME))
        if engine is None or not running or time.monotonic() > deadline:
            state = "is not healthy" if running else "ended"
            command = f"{engine.name if engine else 'docker'} logs {NAME}"
            return f"the container {NAME} {state} ({found.detail}); `{command}` says why"
        time.sleep(POLL_SECONDS)
    return None


def stop(config: Config) -> bool:
    """Stops and removes the container, if it is ours; returns whether there was one. Raises `EngineError`."""
    engine = engines.find()
    if engine is None or _owner(engine.inspect("container", NAME)) != str(config.var):
        return False
    _remove(engine)
    return True


def _start(config: Config, engine: Engine) -> str | None:
    existing = engine.inspect("container", NAME)
    if existing and _owner(existing) != str(config.var):
        other = f"belongs to {_owner(existing)}" if _owner(existing) else "is not TixMaster's"
        return f"there is a container {NAME} already, which {other}; end it there or `{engine.name} rm -f {NAME}`"
    if engine.inspect("image", IMAGE) is None:
        return f"its image is not on this machine; `{engine.name} pull {IMAGE}`, then tix up again"
    options = _options(config, engine, _write(config))
    settings = hashlib.sha256("\n".join(options).encode()).hexdigest()
    if _runs(existing) and _labels(existing).get(SETTINGS) == settings:
        return None
    if existing:
        _remove(engine)
    place = config.services.grafana
    if not ports.free(place.host, place.port):
        holder = ports.holder(place.port)
        return f"its port {place.port} is taken by {holder.command}; set another: [services] grafana = {{ port = … }}"
    engine.do("run", "--detach", "--name", NAME, "--label", f"{SETTINGS}={settings}", *options, IMAGE)
    return None


def _write(config: Config) -> str:
    """Puts everything into `var/grafana` that the container reads, for its user alone; returns a digest of it."""
    root = config.var / "grafana"
    files = {Path("provisioning") / path: text for path, text in provisioning.render(config).items()}
    files[Path("password")] = secrets.read(config, "grafana-password")
    folders = {parent for path in files for parent in path.parents}
    for folder in sorted(folders | {Path("data")}):
        system_user.give(root / folder)
    for path, text in files.items():
        (root / path).touch(mode=0o600)
        (root / path).write_text(text, encoding="utf-8")
        system_user.give(root / path)
    return hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()


def environment(config: Config) -> dict[str, str]:
    """Grafana's settings, ours and those of the container in docker-compose.monitoring.yml."""
    place = config.services.grafana
    return {
        "GF_SERVER_HTTP_ADDR": place.listening,
        "GF_SERVER_HTTP_PORT": str(place.port),
        "GF_SERVER_ROOT_URL": config.link("grafana", "/"),
        "GF_SECURITY_ADMIN_PASSWORD__FILE": PASSWORD,
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": f"{provisioning.FOLDER}/{provisioning.DASHBOARD}",
        **PRIVATE,
    }


def _options(config: Config, engine: Engine, content: str) -> list[str]:
    """How the container is made. `content` is a digest of its files: Grafana reads most of them only when it starts."""
    root = config.var / "grafana"
    user = 0 if engine.rootless else system_user.uid()
    return [
        *("--label", f"{OWNER}={config.var}", "--label", f"tixmaster.content={content}"),
        *("--pull", "never", "--restart", "no", "--network", "host"),
        *("--memory", MEMORY, "--user", str(user)),
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--security-opt", "label=disable"),
        *_mount(root / "provisioning", provisioning.FOLDER, "readonly"),
        *_mount(root / "password", PASSWORD, "readonly"),
        *_mount(root / "data", "/var/lib/grafana"),
        *(word for name, value in environment(config).items() for word in ("--env", f"{name}={value}")),
    ]


def _mount(source: Path, target: str, *flags: str) -> tuple[str, str]:
    return "--mount", ",".join(("type=bind", f"source={source}", f"target={target}", *flags))


def _remove(engine: Engine) -> None:
    engine.do("stop", "-t", str(STOP_SECONDS), NAME)
    engine.do("rm", "--force", NAME)


def _labels(container: Mapping[str, Any] | None) -> Mapping[str, str]:
    return (container["Config"]["Labels"] or {}) if container else {}


def _owner(container: Mapping[str, Any] | None) -> str | None:
    return _labels(container).get(OWNER)


def _runs(container: Mapping[str, Any] | None) -> bool:
    return container is not None and bool(container["State"]["Running"])
