"""Carries out drills against the running system: real faults, the real Prometheus and Alertmanager, the real mail."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from tixmaster.drills.drill import Drill
from tixmaster.drills.errors import DrillError
from tixmaster.drills.follow import Follower
from tixmaster.drills.journal import Journal
from tixmaster.drills.judge import judge
from tixmaster.drills.request import check_endpoints
from tixmaster.drills.scene import Say, Scene, alone, set_up
from tixmaster.drills.traffic import Pace
from tixmaster.drills.verdict import Verdict, write_down
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError

CALM_SECONDS = 150.0
POLL_SECONDS = 0.2
PERSON_SECONDS = 300.0
"""How much longer a drill may take in which a person is asked."""
Asked = Literal["auto", "approve"]
"""Whether on-call acts by itself in a drill, or asks for approval as it may in earnest."""


def run(config: Config, drills: list[Drill], pace: Pace, say: Say, *, by: str, policy: Asked = "auto") -> list[Verdict]:
    """Runs the drills one after another and puts everything back; raises `DrillError` where the system is not fit for it,
    `ConfigError` where a drill needs fault endpoints and they are disabled."""
    if policy == "approve":
        drills = [replace(drill, seconds=drill.seconds + PERSON_SECONDS) for drill in drills]
    with alone(config):
        check_endpoints(config, drills)
        with Journal(config, drills, by) as journal, set_up(config, pace, say) as scene:
            return [run_one(scene, drill, say, journal, policy) for drill in drills]


def run_one(scene: Scene, drill: Drill, say: Say, journal: Journal, policy: Asked = "auto") -> Verdict:
    """One drill from the calm before it to its verdict; the fault is out afterwards, whatever on-call did."""
    verdict = Verdict(name=drill.name, true_cause=drill.cause, control=drill.control)
    say(f"{drill.name}: {drill.title}")
    if reason := drill.prevented():
        say(f"  left out: {reason}")
        verdict.left_out = reason
        return verdict
    journal.waits(drill)
    try:
        _await_calm(scene, drill)
        scene.oncall.begin_drill(drill.name, policy=policy, seconds=drill.seconds * 2)
        _play(scene, drill, verdict, say, journal)
    except StackError as error:
        verdict.failures.append(str(error))
    write_down(scene.config, verdict)
    journal.judged(verdict)
    say(f"  {'ok' if verdict.ok else 'FAILED: ' + '; '.join(verdict.failures)}")
    return verdict


def _await_calm(scene: Scene, drill: Drill) -> None:
    deadline = time.monotonic() + CALM_SECONDS
    while scene.unrest() or not drill.ready(scene):
        if time.monotonic() > deadline:
            unrest = scene.unrest() or ["the baseline of orders is not known yet"]
            raise DrillError(f"waited {CALM_SECONDS:g} s in vain for calm: {'; '.join(unrest)}")
        time.sleep(POLL_SECONDS)


def _play(scene: Scene, drill: Drill, verdict: Verdict, say: Say, journal: Journal) -> None:
    began = datetime.now(UTC)
    follower = Follower(scene=scene, drill=drill, since=began, verdict=verdict, say=say, reached=journal.reached)
    event = ExitStack()
    journal.begins(began)
    try:
        event.enter_context(drill.event(scene))
        say(f"  {0:6.1f} s  {'event' if drill.control else 'fault'}")
        if drill.cause is None:
            follower.watch()
        else:
            follower.follow("closed" if drill.remedy else "mail")
            _end(
                event, drill, verdict
            )  # where no remedy was called for, a person has read the mail and does what it says
            follower.follow("closed")
    finally:
        _end(event, drill, verdict)
    judge(scene, drill, follower.incidents(), verdict)


def _end(event: ExitStack, drill: Drill, verdict: Verdict) -> None:
    """Takes the fault out; the second time there is nothing left to do."""
    try:
        event.close()
    except StackError as error:
        verdict.failures.append(
            f"the fault is still in ({error}); `tix restart {drill.service}` takes it out, or `tix up`"
        )
