"""What the engine's `inspect` says of a container, as the state of a service."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from tixmaster.stack.managers.verbs import ProcessState, State

KEEPS_UP: Final = ("always", "unless-stopped")
"""Restart policies under which only somebody's word lets a container stay ended."""
SIGNAL_BASE = 128
MEBIBYTE = 1024 * 1024
OUTPUT_LENGTH = 120
GRACE_SECONDS = 10
"""Docker's own time limit of a stop."""
RUNS: Final = ("running", "paused", "restarting")
"""Words of the engine for a container that there is something to stop of."""


def state_of(attributes: Mapping[str, Any], *, asked: bool = False) -> ProcessState:
    """The container's state; `asked`: its end followed somebody's order to stop."""
    state, host = attributes["State"], attributes.get("HostConfig") or {}
    pid = state.get("Pid") or None
    health = health_of(state)
    started = moment(state.get("StartedAt"))
    word = _word(attributes, asked=asked)
    return ProcessState(
        state=word,
        pid=pid,
        started_at=started if pid else None,
        detail=_in_words(attributes, word, asked=asked),
        restarts=attributes.get("RestartCount", 0),
        exit_code=state.get("ExitCode") if started and not pid else None,
        oom_killed=bool(state.get("OOMKilled")) and (host.get("OomKillDisable") is not True),
        health=health if pid else None,
    )


def health_of(state: Mapping[str, Any]) -> str | None:
    """What the container's own health check says; None where it has none."""
    said = (state.get("Health") or state.get("Healthcheck") or {}).get("Status")  # the second is Podman's
    return said if said in ("healthy", "unhealthy", "starting") else None


def moment(text: str | None) -> datetime | None:
    """A moment of the engine; its year 1 means never."""
    if not text or text.startswith("0001-"):
        return None
    return datetime.fromisoformat(text)


def end_in_words(code: int) -> str:
    """`exit status 7` · `terminated by SIGKILL`."""
    try:
        return f"terminated by {signal.Signals(code - SIGNAL_BASE).name}"
    except ValueError:
        return f"exit status {code}"


def grace(attributes: Mapping[str, Any]) -> int:
    """How many seconds the container has for its end before it is killed."""
    own = attributes["Config"].get("StopTimeout")
    return GRACE_SECONDS if own is None else int(own)


def _word(attributes: Mapping[str, Any], *, asked: bool) -> State:
    state, host = attributes["State"], attributes.get("HostConfig") or {}
    policy = host.get("RestartPolicy") or {}
    match state["Status"]:
        case "running":
            return "running"
        case "restarting":
            return "starting"
        case "dead":
            return "failed"
        case "exited" | "created" if state.get("Error"):
            return "failed"
        case "exited":
            most = policy.get("MaximumRetryCount") or 0
            if asked or policy.get("Name") in KEEPS_UP:
                return "stopped"
            return "failed" if most and attributes.get("RestartCount", 0) >= most and state["ExitCode"] else "exited"
        case _:  # created, paused, removing, and Podman's configured, initialized, stopping
            return "stopped"


def _in_words(attributes: Mapping[str, Any], word: State, *, asked: bool) -> str:
    """`running, process 4711, healthy` · `not running; ended 03:12:40, exit status 7`."""
    state = attributes["State"]
    status, pid = state["Status"], state.get("Pid")
    if status == "running":
        return f"running, process {pid}{_times(attributes)}{_health_in_words(state)}"
    if status == "paused":
        name = attributes["Name"].lstrip("/")
        return f"paused: process {pid} is frozen and answers nobody; `docker unpause {name}` lets it go on"
    if status == "restarting":
        return f"not running; {_end(attributes)}{_times(attributes)}; Docker is about to start it again"
    if word == "failed" and state.get("Error"):
        return f"not running; could not be started: {' '.join(state['Error'].split())}"
    if moment(state.get("StartedAt")) is None:
        return f"not running; {status}, not started yet"
    if word == "failed":
        return f"not running; {_end(attributes)}, again after each start, so Docker gave up{_times(attributes)}"
    if word == "stopped":
        how = " as asked" if asked else ""
        return f"not running; stopped{how} {_clock(state)}, {end_in_words(state['ExitCode'])}"
    return f"not running; {_end(attributes)}"


def _end(attributes: Mapping[str, Any]) -> str:
    state = attributes["State"]
    if state.get("OOMKilled"):
        limit = (attributes.get("HostConfig") or {}).get("Memory") or 0
        may = f" (it may use {limit / MEBIBYTE:g} MiB)" if limit else ""
        return f"ended {_clock(state)}, killed by the kernel for want of memory{may}"
    return f"ended {_clock(state)}, {end_in_words(state['ExitCode'])}"


def _clock(state: Mapping[str, Any]) -> str:
    ended = moment(state.get("FinishedAt"))
    return f"{ended.astimezone():%H:%M:%S}" if ended else "at an unknown time"


def _times(attributes: Mapping[str, Any]) -> str:
    count = attributes.get("RestartCount", 0)
    return f", restarted {count} time{'s' if count > 1 else ''} by Docker" if count else ""


def _health_in_words(state: Mapping[str, Any]) -> str:
    match health_of(state):
        case None:
            return ""
        case "unhealthy":
            log = (state.get("Health") or state.get("Healthcheck") or {}).get("Log") or []
            output = " ".join(str(log[-1].get("Output", "")).split())[:OUTPUT_LENGTH] if log else ""
            return f", unhealthy: its own check says {output!r}" if output else ", unhealthy by its own check"
        case "starting":
            return ", its own health check has not passed yet"
        case well:
            return f", {well}"
