"""SOP 3.2: is the monitoring itself well? The chain as questions with one finding each, and what to do about a bad one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import chain
from tixmaster.stack.monitoring.chain import Answering, Scraping
from tixmaster.stack.monitoring.timings import MISSED_BEATS, PROFILES, Timings, span

SECONDS = 10.0
"""The time to look at all of it, most of which only a server that hangs takes."""
RESTART = "tix restart monitoring"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer to one question. `advice` is what to do about a bad one; `reached` is false where nobody answered."""

    name: str
    ok: bool
    detail: str
    advice: str | None = None
    reached: bool = True


def check(config: Config) -> tuple[Finding, ...]:
    """Asks all servers at once; never raises for a server that is down, as that is a finding."""
    timings = PROFILES[config.timing]
    seen = chain.look(config, SECONDS)
    return (
        *_prometheus(seen.prometheus, config.url("prometheus"), timings),
        *_alertmanager(seen.alertmanager, config.url("alertmanager")),
        *_oncall(seen.oncall, timings),
        _grafana(seen.grafana, config.url("grafana")),
    )


def _prometheus(seen: Scraping, url: str, timings: Timings) -> Iterator[Finding]:
    yield _server("Prometheus", seen, url)
    if seen.problem is None:
        yield _configuration("Prometheus", seen)
        yield _targets(seen)
        yield _rules(seen)
        yield _connected(seen)
        yield _delivering(seen, timings)


def _alertmanager(seen: Answering, url: str) -> Iterator[Finding]:
    yield _server("Alertmanager", seen, url)
    if seen.problem is None:
        yield _configuration("Alertmanager", seen)


def _server(name: str, seen: Scraping | Answering, url: str) -> Finding:
    """Whether it is there: ready, still starting, or what it said instead."""
    if seen.problem is None:
        return Finding(name=name, ok=True, detail=f"ready at {url}")
    starting = seen.reached and not seen.ready
    wait = f"Wait a few seconds; if it stays so: tix logs {name.lower()}"
    return Finding(name=name, ok=False, detail=seen.problem, advice=wait if starting else RESTART, reached=seen.reached)


def _configuration(name: str, seen: Scraping | Answering) -> Finding:
    good = "the last reload succeeded"
    return Finding(
        name=f"{name} configuration",
        ok=bool(seen.reloaded),
        detail=good if seen.reloaded else "the last reload failed; the configuration before it is in force",
        advice=None if seen.reloaded else "tix monitoring check, then tix up",
    )


def _targets(seen: Scraping) -> Finding:
    down = [f"{name} down: {why}" for name, why in seen.silent.items()]
    down += [f"{name} unknown: not scraped yet" for name in seen.untried]
    up = seen.targets - len(down)
    return Finding(
        name="targets",
        ok=bool(seen.targets) and not down,
        detail="; ".join([f"{up} of {seen.targets} targets up", *down]),
        advice="tix status, then tix restart SERVICE for what is down" if down or not seen.targets else None,
    )


def _rules(seen: Scraping) -> Finding:
    broken = [f"{name}: {why}" for name, why in seen.failing_rules.items()]
    ok = bool(seen.rules) and not broken
    return Finding(
        name="rules",
        ok=ok,
        detail="; ".join([f"{seen.rules - len(broken)} of {seen.rules} rules healthy", *broken]),
        advice=None if ok else "tix monitoring check, then tix up",
    )


def _connected(seen: Scraping) -> Finding:
    found = seen.alertmanagers or 0
    return Finding(
        name="Prometheus to Alertmanager",
        ok=found >= 1,
        detail=f"sends to {found} Alertmanager{'s' if found != 1 else ''}",
        advice=None if found >= 1 else "tix up writes prometheus.yml with Alertmanager's address",
    )


def _delivering(seen: Scraping, timings: Timings) -> Finding:
    """Whether notifications failed lately: the Watchdog alone makes one in every interval, so a fault shows soon."""
    failed = ", ".join(f"{name} {count:.0f}" for name, count in seen.delivery_failures.items())
    return Finding(
        name="delivery",
        ok=not failed,
        detail=f"failed notifications in the last {span(2 * timings.watchdog_interval)}: {failed or 'none'}",
        advice="tix status (is on-call up? is mail up?), tix logs alertmanager" if failed else None,
    )


def _oncall(seen: Answering, timings: Timings) -> Iterator[Finding]:
    """Whether the Watchdog reaches on-call, which proves the whole path from a rule to the webhook."""
    due, age = span(timings.watchdog_interval), seen.watchdog_age
    if seen.problem is not None:
        advice = "tix restart oncall"
        yield Finding(name="on-call", ok=False, detail=seen.problem, advice=advice, reached=seen.reached)
    elif age is None:
        wait = f"Wait {due}; if it stays so: tix logs alertmanager"
        yield Finding(name="watchdog", ok=False, detail="on-call has never heard the Watchdog", advice=wait)
    else:
        ok = age <= MISSED_BEATS * timings.watchdog_interval
        advice = "Alerts do not reach on-call: tix restart monitoring, then tix logs alertmanager"
        detail = f"on-call heard the Watchdog {age:.0f} s ago (due every {due})"
        yield Finding(name="watchdog", ok=ok, detail=detail, advice=None if ok else advice)


def _grafana(seen: Answering, url: str) -> Finding:
    """Nothing depends on Grafana, so that it is not there is no trouble; that it shows nothing is."""
    if not seen.ready:
        why = "it is not there" if not seen.reached else str(seen.problem)
        return Finding(name="Grafana", ok=True, detail=f"{why} ({url}); the console draws the same panels")
    if seen.data_source is False:
        return Finding(name="Grafana", ok=False, detail=str(seen.problem), advice="tix up writes its data source anew")
    return Finding(name="Grafana", ok=True, detail=f"ready at {url}" + (f"; {seen.problem}" if seen.problem else ""))
