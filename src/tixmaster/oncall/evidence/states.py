"""How the processes are, and what changed before the trouble: by the service managers, the system, and people's own word."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final, Literal

from tixmaster.oncall.checks import traces, vitals
from tixmaster.oncall.evidence.taken import Item, Missing, Sight, Taken, as_json
from tixmaster.oncall.store.bilingual import columns, list_columns
from tixmaster.stack.errors import StackError
from tixmaster.stack.managers import manager_of
from tixmaster.stack.said import Said, joined, said

RECENT: Final = Said("Recent changes", "近期變更")
WATCH_SECONDS: Final = 0.2
CHANGES_BEFORE: Final = timedelta(hours=24)
MOST_CHANGES, MOST_PACKAGES = 100, 30
"""One upgrade of the system must not hide the deploys of the day."""


def processes(sight: Sight) -> Iterator[Item]:
    """A row for every service of tixmaster.toml: its manager's word, restarts, exit, memory, threads, open files."""
    names = sight.config.service_names
    with ThreadPoolExecutor(max_workers=max(len(names), 1)) as pool:
        rows = list(pool.map(lambda name: _process(sight, name), names))
    well = sum(row.get("state") == "running" for row in rows)
    title = said("Processes: {well} of {all} running", "行程：{all} 個中 {well} 個執行中", well=well, all=len(rows))
    yield Taken(kind="processes", title=title, name="processes.json", content=as_json(rows))


def _process(sight: Sight, service: str) -> dict[str, Any]:
    try:
        manager = manager_of(sight.config, service)
        state = manager.status()
    except StackError as error:
        return {"service": service} | columns(problem=error.words)
    seen = (
        vitals.measure(state.pid, state.started_at, seconds=WATCH_SECONDS)
        if state.pid and state.state == "running"
        else vitals.Vitals()
    )
    return {
        "service": service,
        "manager": manager.name,
        "state": state.state,
        "pid": state.pid,
        "since": state.started_at or seen.started_at,
        "restarts": state.restarts,
        "exit_code": state.exit_code,
        "oom_killed": state.oom_killed,
        "health": state.health,
        "memory_mb": seen.memory_mb,
        "cpu_percent": seen.cpu_percent,
        "threads": seen.threads,
        "open_files": seen.open_files,
        "open_files_limit": seen.open_files_limit,
        **columns(detail=state.detail),
    }


def changes(sight: Sight) -> Iterator[Item]:
    """Deploys, configuration, restarts and packages of the day before, of every service the incident touches."""
    found: dict[tuple[object, ...], dict[str, Any]] = {}
    unread: list[Said] = []
    for service in sight.services or ("",):
        seen, problems = traces.collect(sight.config, service, sight.started_at - CHANGES_BEFORE)
        unread += problems
        for one in seen:
            if one.at > sight.now:
                continue
            before = round((sight.started_at - one.at).total_seconds(), 1)
            found[one.at, one.text] = {"at": one.at, "kind": one.kind, "seconds_before": before} | columns(
                text=one.text
            )
    for row in sight.announced:
        before = round((sight.started_at - row["at"]).total_seconds(), 1)
        found[row["at"], row["text"]] = row | {"seconds_before": before} | columns(text=row["text"])
    rows = sorted(found.values(), key=lambda row: row["at"], reverse=True)
    packages = [row for row in rows if row["kind"] == "package"]
    rows = [row for row in rows if row["kind"] != "package" or row in packages[:MOST_PACKAGES]]
    if not rows:
        calm = said("nothing changed in the day before the trouble", "事發前一日內沒有任何變更")
        reason = joined(dict.fromkeys(unread)) if unread else calm
        status: Literal["failed", "skipped"] = "failed" if unread else "skipped"
        yield Missing(kind="changes", title=RECENT, status=status, reason=reason)
        return
    title = said(
        "{recent}: {count} in the day before and since",
        "{recent}：前一日至今 {count} 項",
        recent=RECENT,
        count=len(rows),
    )
    content = {"changes": rows[:MOST_CHANGES], **list_columns(unread=list(dict.fromkeys(unread)))}
    yield Taken(kind="changes", title=title, name="changes.json", content=as_json(content))
