"""Carries out drills against the running system: real faults, the real Prometheus and Alertmanager, the real mail."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from tixmaster.drills.drill import Drill, DrillError
from tixmaster.drills.scene import Say, Scene, set_up
from tixmaster.drills.verdict import STAGES, Verdict, problem_of_mail, stages_of, write_down
from tixmaster.stack import health
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError

CALM_SECONDS = 150.0
POLL_SECONDS = 0.2


def run(config: Config, drills: list[Drill], say: Say) -> list[Verdict]:
    """Runs the drills one after another and puts everything back; raises `DrillError` where the system is not fit for it."""
    with set_up(config, say) as scene:
        return [run_one(scene, drill, say) for drill in drills]


def run_one(scene: Scene, drill: Drill, say: Say) -> Verdict:
    """One drill from the calm before it to its verdict; the fault is out afterwards, whatever on-call did."""
    verdict = Verdict(name=drill.name, true_cause=drill.cause)
    say(f"{drill.name}: {drill.title}")
    try:
        _await_calm(scene, drill)
        scene.oncall.begin_drill(drill.name, policy="auto", seconds=drill.seconds * 2)
        fault_at = datetime.now(UTC)
        drill.inject(scene.config)
        say(f"  {0:6.1f} s  fault")
        incident = _follow(scene, drill, fault_at, verdict, say)
        _judge(scene, drill, incident, verdict)
    except StackError as error:
        verdict.failures.append(str(error))
    finally:
        _put_back(scene.config, drill, verdict)
    write_down(scene.config, verdict)
    say(f"  {'ok' if verdict.ok else 'FAILED: ' + '; '.join(verdict.failures)}")
    return verdict


def _await_calm(scene: Scene, drill: Drill) -> None:
    deadline = time.monotonic() + CALM_SECONDS
    while not (scene.is_calm() and drill.ready(scene.prometheus)):
        if time.monotonic() > deadline:
            raise DrillError(
                f"waited {CALM_SECONDS:g} s in vain for normal trade, no firing alert and no open incident "
                "(tix alerts, tix incidents, tix check monitoring)"
            )
        time.sleep(POLL_SECONDS)


def _follow(scene: Scene, drill: Drill, fault_at: datetime, verdict: Verdict, say: Say) -> dict[str, Any] | None:
    """Watches the drill's incident until it is closed, says each stage when it is reached; None if none was opened."""
    deadline = time.monotonic() + drill.seconds
    incident: dict[str, Any] | None = None
    while time.monotonic() < deadline and "closed" not in verdict.stages:
        time.sleep(POLL_SECONDS)
        verdict.incident = verdict.incident or _incident_of(scene, drill, fault_at)
        if verdict.incident is None:
            continue
        incident = scene.oncall.incident(verdict.incident)
        reached = stages_of(incident, fault_at)
        for name in sorted(reached.keys() - verdict.stages.keys(), key=list(STAGES).index):
            verdict.stages[name] = reached[name]
            say(f"  {reached[name]:6.1f} s  {name.replace('_', ' ')}")
    verdict.stages = {name: verdict.stages[name] for name in STAGES if name in verdict.stages}
    return incident


def _incident_of(scene: Scene, drill: Drill, fault_at: datetime) -> str | None:
    for item in scene.oncall.incidents("all"):
        if item["drill"] == drill.name and datetime.fromisoformat(item["opened_at"]) >= fault_at:
            return str(item["id"])
    return None


def _judge(scene: Scene, drill: Drill, incident: dict[str, Any] | None, verdict: Verdict) -> None:
    """Right only if the cause is the true one, the mail carries the proof, and the service is back."""
    if incident is None:
        verdict.failures.append(_why_no_incident(scene))
        return
    verdict.actions = incident["actions"]
    verdict.diagnosed_cause = incident["cause"]["id"] if incident["cause"] else None
    if verdict.diagnosed_cause != drill.cause:
        verdict.failures.append(f"the diagnosis says {verdict.diagnosed_cause}, the true cause is {drill.cause}")
    if missing := [name for name in STAGES if name not in verdict.stages]:
        verdict.failures.append(f"not reached: {', '.join(missing)} (tix incident show {incident['id']})")
    if problem := problem_of_mail(scene.config, incident):
        verdict.failures.append(problem)
    well = health.probe(scene.config, drill.service)
    if not well.healthy:
        verdict.failures.append(f"tixmaster-{drill.service} is not back: {well.detail}")


def _why_no_incident(scene: Scene) -> str:
    """Which link of the chain is broken."""
    if names := scene.firing():
        return (
            f"{', '.join(names)} fires, but on-call opened no incident for it "
            "(tix alerts, tix check monitoring, tix logs oncall)"
        )
    return "no alert fires (tix alerts, tix check monitoring, tix logs prometheus)"


def _put_back(config: Config, drill: Drill, verdict: Verdict) -> None:
    try:
        drill.restore(config)
    except StackError as error:
        verdict.failures.append(f"the fault is still in ({error}); `tix restart {drill.service}` takes it out")
