"""Is the description of the monitoring sound? What `tix monitoring check` proves, without a running server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import alertmanager, rules
from tixmaster.stack.monitoring.check import Finding
from tixmaster.stack.monitoring.dashboards import PANELS
from tixmaster.stack.monitoring.model import Alert, Group, Recording
from tixmaster.stack.monitoring.prometheus import ENVIRONMENT
from tixmaster.stack.monitoring.timings import PROFILES
from tixmaster.stack.monitoring.validate import InvalidConfigError, missing_tools, receivers
from tixmaster.stack.monitoring.write import check_profiles, rendered

ASKERS = 4
"""So many questions to amtool at a time."""
ROUTES = "src/tixmaster/stack/monitoring/alertmanager.py"
INSTALL = "`tix up` installs the packages prometheus and prometheus-alertmanager"


def prove(config: Config) -> tuple[Finding, ...]:
    """One finding for each thing that must be right; what could not be looked at is a bad one."""
    return (*_tools(), *_profiles(config), _routes(config), _runbooks(config), _panels(config))


def _tools() -> Iterator[Finding]:
    for tool in missing_tools():
        yield Finding(name=tool, ok=False, detail=f"{tool} is not installed, so its check was left out", advice=INSTALL)


def _profiles(config: Config) -> Iterator[Finding]:
    """promtool and amtool over every file of both profiles; a warning of the linter is fatal."""
    for profile, complaint in check_profiles(config).items():
        groups = rules.groups(config, PROFILES[profile])
        counts = f"{sum(len(group.alerts) for group in groups)} alerts, {_recordings(groups)} recordings"
        yield Finding(
            name=f"{profile} profile",
            ok=complaint is None,
            detail=complaint or f"{counts}, routes and scrape jobs are sound",
            advice=None if complaint is None else "Mend the description in src/tixmaster/stack/monitoring",
        )


def _recordings(groups: tuple[Group, ...]) -> int:
    return sum(isinstance(rule, Recording) for group in groups for rule in group.rules)


def _alerts(config: Config) -> list[Alert]:
    return [alert for group in rules.groups(config, PROFILES[config.timing]) for alert in group.alerts]


def _routes(config: Config) -> Finding:
    """Every alert, of every service that it may speak of, reaches somebody; only `info` is for nobody."""
    if "amtool" in missing_tools():
        return Finding(name="routes", ok=False, detail="amtool is not installed", advice=INSTALL)
    alerts = _alerts(config)
    asked = [(alert, service) for alert in alerts for service in ("backend", "oncall")]

    def lost(folder: Path, alert: Alert, service: str) -> str | None:
        labels = {"alertname": alert.name, "severity": alert.severity, "env": ENVIRONMENT, "service": service}
        found = receivers(folder, {**labels, **{key: alert.labels[key] for key in alert.labels if key in labels}})
        heard = bool(found) and alertmanager.NOBODY not in (found or ())
        return (
            None
            if heard != (alert.severity == "info")
            else f"{alert.name} of {service} goes to {', '.join(found or ())}"
        )

    try:
        with rendered(config, config.timing) as folder, ThreadPoolExecutor(ASKERS) as pool:
            wrong = sorted({said for said in pool.map(lambda one: lost(folder, *one), asked) if said})
    except InvalidConfigError as error:
        return Finding(
            name="routes", ok=False, detail=str(error), advice="Mend src/tixmaster/stack/monitoring/alertmanager.py"
        )
    return Finding(
        name="routes",
        ok=not wrong,
        detail="; ".join(wrong) or f"each of {len(alerts)} alerts reaches somebody",
        advice=f"Mend {ROUTES}" if wrong else None,
    )


def _runbooks(config: Config) -> Finding:
    """The link `/sop/NAME` opens the document of that name."""
    names = sorted({alert.name for alert in _alerts(config)})
    lacking = [name for name in names if not (config.sop / f"{name}.md").is_file()]
    return Finding(
        name="runbooks",
        ok=not lacking,
        detail=f"none in {config.sop} for {', '.join(lacking)}" if lacking else f"{len(names)} alerts have one each",
        advice="Write NAME.md there (docs/sop-format.md), then `tix sop lint`" if lacking else None,
    )


def _panels(config: Config) -> Finding:
    known = {str(panel.id) for panel in PANELS}
    alerts = _alerts(config)
    lacking = sorted({alert.name for alert in alerts if alert.annotations["panel_id"] not in known})
    return Finding(
        name="panels",
        ok=not lacking,
        detail=f"no such panel: {', '.join(lacking)}" if lacking else f"{len(alerts)} links to graphs lead to one",
        advice="Mend src/tixmaster.stack.monitoring.dashboards.py" if lacking else None,
    )
