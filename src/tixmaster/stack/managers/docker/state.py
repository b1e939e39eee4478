"""What the engine's `inspect` says of a container, as the state of a service."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from tixmaster.stack.managers.verbs import NOT_RUNNING, ProcessState, State, spoken
from tixmaster.stack.said import Said, joined, said, system, verbatim

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
    word = (state.get("Health") or state.get("Healthcheck") or {}).get("Status")  # the second is Podman's
    return word if word in ("healthy", "unhealthy", "starting") else None


def moment(text: str | None) -> datetime | None:
    """A moment of the engine; its year 1 means never."""
    if not text or text.startswith("0001-"):
        return None
    return datetime.fromisoformat(text)


def end_in_words(code: int) -> Said:
    """`exit status 7` · `terminated by SIGKILL`."""
    try:
        return said("terminated by {signal}", "遭 {signal} 終止", signal=signal.Signals(code - SIGNAL_BASE).name)
    except ValueError:
        return said("exit status {code}", "結束碼 {code}", code=code)


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


def _in_words(attributes: Mapping[str, Any], word: State, *, asked: bool) -> Said:
    """`running, process 4711, healthy` · `not running; ended 03:12:40, exit status 7`."""
    state = attributes["State"]
    status, pid = state["Status"], state.get("Pid")
    if status == "running":
        running = said("running, process {pid}", "執行中，行程 {pid}", pid=pid)
        return joined([running, *_times(attributes), *_health_in_words(state)], ", ", "，")
    if status == "paused":
        return said(
            "paused: process {pid} is frozen and answers nobody; `docker unpause {name}` lets it go on",
            "已暫停：行程 {pid} 凍結，無法回應；`docker unpause {name}` 可讓它繼續",
            pid=pid,
            name=attributes["Name"].lstrip("/"),
        )
    return joined([NOT_RUNNING, _why_not(attributes, word, asked=asked)])


def _why_not(attributes: Mapping[str, Any], word: State, *, asked: bool) -> Said:
    """Why there is no process."""
    state = attributes["State"]
    if state["Status"] == "restarting":
        ended = joined([_end(attributes), *_times(attributes)], ", ", "，")
        return said("{ended}; Docker is about to start it again", "{ended}；Docker 即將重新啟動", ended=ended)
    if word == "failed" and state.get("Error"):
        return said("could not be started: {why}", "無法啟動：{why}", why=system(" ".join(state["Error"].split())))
    if moment(state.get("StartedAt")) is None:
        return said("{status}, not started yet", "{status}，尚未啟動", status=state["Status"])
    if word == "failed":
        gave_up = said(
            "{end}, again after each start, so Docker gave up",
            "{end}，每次啟動皆如此，Docker 已放棄重新啟動",
            end=_end(attributes),
        )
        return joined([gave_up, *_times(attributes)], ", ", "，")
    if word == "stopped":
        how = {"at": _clock(state), "end": end_in_words(state["ExitCode"])}
        stopped = (
            Said("stopped as asked {at}, {end}", "{at} 依要求停止，{end}")
            if asked
            else Said("stopped {at}, {end}", "{at} 停止，{end}")
        )
        return stopped.filled(**how)
    return _end(attributes)


def _end(attributes: Mapping[str, Any]) -> Said:
    state = attributes["State"]
    if not state.get("OOMKilled"):
        return said("ended {at}, {how}", "{at} 結束，{how}", at=_clock(state), how=end_in_words(state["ExitCode"]))
    killed = said(
        "ended {at}, killed by the kernel for want of memory", "{at} 結束，因記憶體不足遭核心終止", at=_clock(state)
    )
    if limit := (attributes.get("HostConfig") or {}).get("Memory") or 0:
        return said(
            "{killed} (it may use {limit:g} MiB)",
            "{killed}（上限 {limit:g} MiB）",
            killed=killed,
            limit=limit / MEBIBYTE,
        )
    return killed


def _clock(state: Mapping[str, Any]) -> Said:
    ended = moment(state.get("FinishedAt"))
    return verbatim(f"{ended.astimezone():%H:%M:%S}") if ended else said("at an unknown time", "於不明時間")


def _times(attributes: Mapping[str, Any]) -> list[Said]:
    count = attributes.get("RestartCount", 0)
    times = Said("time" if count == 1 else "times", "次")
    return (
        [said("restarted {count} {times} by Docker", "由 Docker 重新啟動 {count} {times}", count=count, times=times)]
        if count
        else []
    )


def _health_in_words(state: Mapping[str, Any]) -> list[Said]:
    match health_of(state):
        case None:
            return []
        case "unhealthy":
            log = (state.get("Health") or state.get("Healthcheck") or {}).get("Log") or []
            output = " ".join(str(log[-1].get("Output", "")).split())[:OUTPUT_LENGTH] if log else ""
            if output:
                return [
                    said("unhealthy: its own check says {output!r}", "不健康：其健康檢查回報 {output!r}", output=output)
                ]
            return [said("unhealthy by its own check", "其健康檢查判定為不健康")]
        case "starting":
            return [said("its own health check has not passed yet", "其健康檢查尚未通過")]
        case well:
            return [spoken(well)]
