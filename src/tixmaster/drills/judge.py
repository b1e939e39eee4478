"""Was on-call right? The cause, the mail with its proof, what was done, and what must not have been done."""

from __future__ import annotations

from typing import Any

from tixmaster.drills.drill import Drill
from tixmaster.drills.scene import Scene
from tixmaster.drills.verdict import Verdict, problem_of_mail
from tixmaster.stack import health

DONE = ("running", "done", "failed")
"""States of an action that has touched something."""


def judge(scene: Scene, drill: Drill, incidents: list[dict[str, Any]], verdict: Verdict) -> None:
    """Adds to the verdict what on-call made of the drill, and what was wrong with it."""
    verdict.actions = [action for incident in incidents for action in incident["actions"]]
    verdict.others = [_in_short(incident) for incident in incidents[1:]]
    if incidents and (cause := incidents[0]["cause"]):
        verdict.diagnosed_cause, verdict.confidence = cause["id"], cause["confidence"]
    verdict.failures += [*_about_cause(scene, drill, incidents, verdict), *_about_actions(drill, verdict)]
    if incidents and drill.cause is not None and (problem := problem_of_mail(scene.config, incidents[0])):
        verdict.failures.append(problem)
    well = health.probe(scene.config, drill.service)
    if not well.healthy:
        verdict.failures.append(f"tixmaster-{drill.service} is not back: {well.detail}")


def _about_cause(scene: Scene, drill: Drill, incidents: list[dict[str, Any]], verdict: Verdict) -> list[str]:
    if drill.cause is None:
        return [f"nothing is wrong, and {item['id']} was opened ({item['title']})" for item in incidents]
    if not incidents:
        return [_why_no_incident(scene)]
    wrong: list[str] = []
    if verdict.diagnosed_cause in drill.also:
        verdict.true_cause = verdict.diagnosed_cause
    elif verdict.diagnosed_cause != drill.cause:
        wrong.append(f"the diagnosis says {verdict.diagnosed_cause}, the true cause is {drill.cause}")
    if missing := [name for name in drill.stages if name not in verdict.stages]:
        wrong.append(f"not reached: {', '.join(missing)} (tix incident show {incidents[0]['id']})")
    return wrong


def _about_actions(drill: Drill, verdict: Verdict) -> list[str]:
    """One cause, one remedy: another one, or a second, makes things worse."""
    carried_out = [action for action in verdict.actions if action["state"] in DONE]
    needless = [action for action in carried_out if action["command"] != f"tix {drill.remedy}"] + [
        action for action in carried_out if action["command"] == f"tix {drill.remedy}"
    ][1:]
    return [f"{action['command']} was carried out ({action['state']}), and nobody needed it" for action in needless]


def _in_short(incident: dict[str, Any]) -> dict[str, Any]:
    return {
        "incident": incident["id"],
        "alert": incident["alertname"],
        "cause": incident["cause"]["id"] if incident["cause"] else None,
    }


def _why_no_incident(scene: Scene) -> str:
    """Which link of the chain is broken."""
    if names := scene.firing():
        return (
            f"{', '.join(names)} fires, but on-call opened no incident for it "
            "(tix alerts, tix check monitoring, tix logs oncall)"
        )
    return "no alert fires (tix alerts, tix check monitoring, tix logs prometheus)"
