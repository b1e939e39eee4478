"""What the engine remembers of containers: its latest events (it keeps 256 of all of them), and each one's own dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tixmaster.stack.managers.docker.state import end_in_words, moment
from tixmaster.stack.managers.verbs import Event
from tixmaster.stack.said import Said, joined, said

if TYPE_CHECKING:
    from docker import DockerClient

SPAN = timedelta(days=1)
SAME = timedelta(seconds=2)
"""An event and the container's own date of the same thing are never further apart."""
SETTLES = timedelta(seconds=0.3)
"""Docker notes `stop` this much after the process's end, at most."""
MEANINGS: Final[dict[str, Said]] = {
    "create": Said("created from {image}", "由 {image} 建立"),
    "start": Said("started", "啟動"),
    "die": Said("ended: {end}", "結束：{end}"),
    "oom": Said("out of memory: the kernel killed a process", "記憶體不足：核心終止了一個行程"),
    "kill": Said("asked to end by {signal}", "收到 {signal} 要求結束"),
    "stop": Said("stopped as asked", "依要求停止"),
    "restart": Said("restarted as asked", "依要求重新啟動"),
    "pause": Said("paused", "暫停"),
    "unpause": Said("let go on", "繼續執行"),
    "destroy": Said("removed", "移除"),
    "health_status: healthy": Said("its health check passes", "健康檢查通過"),
    "health_status: unhealthy": Said("its health check fails", "健康檢查失敗"),
}
ENDING: Final = ("SIGTERM", "SIGKILL", "SIGINT", "SIGQUIT")


def events(
    client: DockerClient, wanted: Mapping[str, list[str]], containers: Iterable[Mapping[str, Any]], *, named: bool
) -> list[Event]:
    """Of the last day, oldest first. `wanted` filters the engine's events as its API does; `containers` are what it
    inspected; `named`: each text begins with the container's name."""
    now = moment(client.info()["SystemTime"]) or datetime.now(UTC)  # another machine's clock may differ from ours
    noted = [pair for item in _ask(client, wanted, now - SPAN, now) if (pair := _translate(item))]
    for attributes in containers:
        name = attributes["Name"].lstrip("/")
        mine = [event for whose, event in noted if whose == name]
        noted += [(name, event) for event in _own(attributes) if not any(_alike(event, other) for other in mine)]
    found = [
        Event(at=event.at, text=joined([name, event.text], ": ", "：") if named else event.text)
        for name, event in noted
    ]
    return sorted(found, key=lambda event: event.at)


def asked_to_end(client: DockerClient, attributes: Mapping[str, Any]) -> bool:
    """Whether somebody had the engine end the container's last process, as far as the engine remembers."""
    started, ended = (moment(attributes["State"].get(key)) for key in ("StartedAt", "FinishedAt"))
    if started is None or ended is None:
        return False
    signals = {*ENDING, attributes["Config"].get("StopSignal") or "SIGTERM"}
    found = _ask(client, {"container": [attributes["Id"]]}, started, max(started, ended) + SETTLES)
    last_start = max((place for place, item in enumerate(found) if item["Action"] == "start"), default=-1)
    return any(
        item["Action"] == "stop" or (item["Action"] == "kill" and _signal(item["Actor"]["Attributes"]) in signals)
        for item in found[last_start + 1 :]
    )


def _ask(
    client: DockerClient, wanted: Mapping[str, list[str]], since: datetime, until: datetime
) -> list[dict[str, Any]]:
    first: Any = f"{since.timestamp():.6f}"  # the client takes whole seconds, the engine fractions too
    last: Any = f"{until.timestamp():.6f}"
    filters = {"type": ["container"], **wanted}
    return list(client.events(since=first, until=last, filters=filters, decode=True))


def _translate(item: Mapping[str, Any]) -> tuple[str, Event] | None:
    """An event of the engine with its container's name; None where it does not concern the container's life."""
    meaning = MEANINGS.get(item.get("Action", ""))
    if meaning is None:
        return None
    attributes = item["Actor"]["Attributes"]
    words = {
        "image": attributes.get("image") or said("its image", "其映像檔"),
        "signal": _signal(attributes),
        "end": end_in_words(int(attributes.get("exitCode", 0))),
    }
    at = datetime.fromtimestamp(item["timeNano"] / 1e9, UTC)
    return attributes.get("name", item["Actor"]["ID"][:12]), Event(at=at, text=meaning.filled(**words))


def _signal(attributes: Mapping[str, str]) -> str:
    """Docker gives a number, Podman a name or a number."""
    said = attributes.get("signal", "")
    return end_in_words(128 + int(said)).removeprefix("terminated by ") if said.isdigit() else said


def _own(attributes: Mapping[str, Any]) -> list[Event]:
    """What the container itself still knows when the engine has forgotten its events."""
    state = attributes["State"]
    known = [(moment(attributes.get("Created")), MEANINGS["create"].filled(image=attributes["Config"].get("Image")))]
    started, ended = moment(state.get("StartedAt")), moment(state.get("FinishedAt"))
    known.append((started, MEANINGS["start"]))
    if started and ended and not state.get("Pid"):
        killed = said("killed by the kernel for want of memory", "因記憶體不足遭核心終止")
        how = killed if state.get("OOMKilled") else end_in_words(state["ExitCode"])
        known.append((max(started, ended), MEANINGS["die"].filled(end=how)))  # the engine dates a quick end too early
    return [Event(at=at.astimezone(UTC), text=text) for at, text in known if at is not None]


def _alike(one: Event, other: Event) -> bool:
    return one.text.split(":")[0].split()[0] == other.text.split(":")[0].split()[0] and abs(one.at - other.at) < SAME
