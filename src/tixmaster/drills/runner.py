"""Carries out drills against the running system: real faults, the real Prometheus and Alertmanager, the real mail."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from tixmaster.drills.drill import Drill, DrillError
from tixmaster.drills.traffic import Traffic
from tixmaster.drills.verdict import STAGES, Verdict, problem_of_mail, stages_of
from tixmaster.oncall.client import OncallClient
from tixmaster.stack import health
from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.client import Alertmanager, Prometheus
from tixmaster.stack.monitoring.write import reload, write_all
from tixmaster.stack.status import status_all

DRILL_SECONDS = 150.0
READY_SECONDS = 150.0
POLL_SECONDS = 0.1
NORMAL_REQUESTS = 150
"""Requests in the drill's short window that show the shoppers at their pace."""

Say = Callable[[str], None]


def run(config: Config, drills: list[Drill], say: Say) -> list[Verdict]:
    """Runs the drills one after another and puts everything back; raises `DrillError` where the system is not fit for it."""
    _check_fit(config)
    # The timing goes back before the shoppers leave: to the drill's rules their leaving would be a drop in orders.
    with _shoppers(config, say), _drill_timing(config, say), _announced(config) as oncall:
        verdicts = [_run_one(config, oncall, drill, say) for drill in drills]
    _write_down(config, verdicts)
    return verdicts


def _check_fit(config: Config) -> None:
    """A drill on a sick system would prove nothing and might hide real trouble."""
    ill = [item.name for item in status_all(config) if not item.healthy]
    if ill:
        raise DrillError(
            f"not healthy: {', '.join(ill)}. Run `tix up` or `tix status` first; drills need a healthy system."
        )
    with OncallClient(config) as oncall:
        if waiting := oncall.incidents("open"):
            raise DrillError(
                f"{waiting[0]['id']} is open ({waiting[0]['title']}). Close it first: tix incident close {waiting[0]['id']}"
            )


@contextmanager
def _drill_timing(config: Config, say: Say) -> Iterator[None]:
    """Monitoring in seconds instead of minutes, and back, whatever happens."""
    say("monitoring runs on drill timing")
    write_all(config, "drill")
    reload(config)
    try:
        yield
    finally:
        write_all(config)
        reload(config)
        say(f"monitoring is back on {config.timing} timing")


@contextmanager
def _announced(config: Config) -> Iterator[OncallClient]:
    """On-call, told at the end that the drills are over: the rules then leave their errors out of account."""
    with OncallClient(config) as oncall:
        try:
            yield oncall
        finally:
            oncall.end_drill()


@contextmanager
def _shoppers(config: Config, say: Say) -> Iterator[Traffic]:
    traffic = Traffic(config)
    traffic.start()
    say("shoppers are on their way: 15 visits and 5 orders a second")
    try:
        yield traffic
    finally:
        traffic.stop()


def _run_one(config: Config, oncall: OncallClient, drill: Drill, say: Say) -> Verdict:
    verdict = Verdict(name=drill.name, true_cause=drill.cause)
    say(f"{drill.name}: {drill.title}")
    try:
        _await(lambda: _normal(config) and drill.ready(config), READY_SECONDS, "normal trade and no firing alert")
        oncall.begin_drill(drill.name, policy="auto", seconds=DRILL_SECONDS * 2)
        fault_at = datetime.now(UTC)
        drill.inject(config)
        say(f"  {0:6.1f} s  fault")
        incident = _follow(oncall, drill, fault_at, verdict, say)
        _judge(config, drill, incident, verdict)
    except DrillError as error:
        verdict.failures.append(str(error))
    finally:
        drill.restore(config)
    say(f"  {'ok' if verdict.ok else 'FAILED: ' + '; '.join(verdict.failures)}")
    return verdict


def _follow(
    oncall: OncallClient, drill: Drill, fault_at: datetime, verdict: Verdict, say: Say
) -> dict[str, Any] | None:
    """Watches the drill's incident until it is closed, says each stage when it is reached; None if none was opened."""
    deadline = time.monotonic() + DRILL_SECONDS
    incident: dict[str, Any] | None = None
    while time.monotonic() < deadline and "closed" not in verdict.stages:
        time.sleep(POLL_SECONDS)
        verdict.incident = verdict.incident or _incident_of(oncall, drill, fault_at)
        if verdict.incident is None:
            continue
        incident = oncall.incident(verdict.incident)
        reached = stages_of(incident, fault_at)
        for name in sorted(reached.keys() - verdict.stages.keys(), key=list(STAGES).index):
            verdict.stages[name] = reached[name]
            say(f"  {reached[name]:6.1f} s  {name.replace('_', ' ')}")
    verdict.stages = {name: verdict.stages[name] for name in STAGES if name in verdict.stages}
    return incident


def _incident_of(oncall: OncallClient, drill: Drill, fault_at: datetime) -> str | None:
    for item in oncall.incidents("all"):
        if item["drill"] == drill.name and datetime.fromisoformat(item["opened_at"]) >= fault_at:
            return str(item["id"])
    return None


def _judge(config: Config, drill: Drill, incident: dict[str, Any] | None, verdict: Verdict) -> None:
    """Right only if the cause is the true one, the mail carries the proof, and the service is back."""
    if incident is None:
        verdict.failures.append("no incident was opened: is the alert firing? (tix alerts, tix check monitoring)")
        return
    verdict.actions = incident["actions"]
    verdict.diagnosed_cause = incident["cause"]["id"] if incident["cause"] else None
    if verdict.diagnosed_cause != drill.cause:
        verdict.failures.append(f"the diagnosis says {verdict.diagnosed_cause}, the true cause is {drill.cause}")
    if missing := [name for name in STAGES if name not in verdict.stages]:
        verdict.failures.append(f"not reached: {', '.join(missing)} (tix incident show {incident['id']})")
    if problem := problem_of_mail(config, incident):
        verdict.failures.append(problem)
    well = health.probe(config, drill.service)
    if not well.healthy:
        verdict.failures.append(f"tixmaster-{drill.service} is not back: {well.detail}")


def _normal(config: Config) -> bool:
    """Whether shoppers have been about for a while, no alert of the backend is held, and alerts have a way to go."""
    with Prometheus(config.url("prometheus")) as prometheus, Alertmanager(config.url("alertmanager")) as alertmanager:
        return (
            bool(prometheus.query(f'{series.REQUESTS_SHORT}{{service="{series.SERVICE}"}} >= {NORMAL_REQUESTS}'))
            and not prometheus.query(f'ALERTS{{service="{series.SERVICE}"}}')
            and bool(prometheus.alertmanagers())
            and not any(alert.labels.get("service") == series.SERVICE for alert in alertmanager.alerts())
        )


def _await(done: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise DrillError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(POLL_SECONDS)


def _write_down(config: Config, verdicts: list[Verdict]) -> None:
    """One line a drill in `var/drills/results.jsonl`, for whoever asks when a drill was last run."""
    folder = config.var / "drills"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "results.jsonl").open("ab") as file:
        for verdict in verdicts:
            file.write(msgspec.json.encode({"at": datetime.now(UTC), **verdict.as_json()}) + b"\n")
